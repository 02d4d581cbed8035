-- Runs by outcome and trigger at once, and either by how long they took.
ALTER TABLE run ADD KEY ByOutcomeTrigger (Outcome, TriggeredBy, StartedAt, ID, State, Line);
ALTER TABLE run ADD KEY ByOutcomeDuration (Outcome, DurationMS, ID, TriggeredBy, State, Line);
ALTER TABLE run ADD KEY ByTriggerDuration (TriggeredBy, DurationMS, ID, Outcome, State, Line);
