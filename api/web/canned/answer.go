package canned

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// keepAnswer logs an answer under the next number.
func (s *Store) keepAnswer(p registry.Prediction) {
	defer s.lock()()
	s.answers[p.ID] = p
}

func (s *Store) nextAnswer() string {
	defer s.lock()()
	return fmt.Sprintf("0195f9f0-7c4e-7000-8000-%012d", len(s.answers)+1)
}

// Answer returns a logged answer.
func (s *Store) Answer(_ context.Context, id string) (registry.Prediction, error) {
	defer s.lock()()
	return findOne(slices.Collect(maps.Values(s.answers)), func(p registry.Prediction) bool { return p.ID == id })
}

// LastAnswers are none: the Predictor knows the last ones.
func (s *Store) LastAnswers(context.Context, string, int) ([]registry.Prediction, error) {
	return nil, nil
}

// ArrivalOf knows of one incident.
func (s *Store) ArrivalOf(_ context.Context, _ lfb.Origin, number string, pump int) (int, error) {
	if number != "000123-04042017" || pump != 1 {
		return 0, lfb.ErrNotFound
	}
	return 290, nil
}

// Setting is what was set last.
func (s *Store) Setting(_ context.Context, name string) (registry.Setting, error) {
	defer s.lock()()
	if set, ok := s.settings[name]; ok {
		return set, nil
	}
	return registry.Setting{}, lfb.ErrNotFound
}

// SetAvailability sets it.
func (s *Store) SetAvailability(_ context.Context, by control.Actor, a *registry.Availability, seen int64,
	why string,
) error {
	if err := a.Settle(Now()); err != nil {
		return err
	}
	value, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return s.appendSetting(by, registry.SettingAvailability, string(value), seen, why)
}

// AssumeCallHandling sets it.
func (s *Store) AssumeCallHandling(_ context.Context, by control.Actor, d time.Duration, seen int64, why string) error {
	return s.appendSetting(by, registry.SettingCallHandling, d.String(), seen, why)
}

func (s *Store) appendSetting(by control.Actor, name, value string, seen int64, why string) error {
	defer s.lock()()
	if seen != s.settings[name].Revision {
		return fmt.Errorf("revision %d is taken: %w", seen+1, lfb.ErrConflict)
	}
	s.logChange(by, "set "+name, why)
	if s.settings == nil {
		s.settings = map[string]registry.Setting{}
	}
	s.settings[name] = registry.Setting{
		Name: name, Revision: seen + 1, Value: value, Who: by.Name, Why: why,
		At: Now().UTC(),
	}
	return nil
}

// handling is what is assumed now.
func (s *Store) handling() time.Duration {
	defer s.lock()()
	d, _ := time.ParseDuration(s.settings[registry.SettingCallHandling].Value) // of nothing set it is 0
	return d
}

// Recent finds one of the answers.
func (p Predictor) Recent(id string) (registry.Prediction, bool) {
	if p.store == nil {
		return registry.Prediction{}, false
	}
	got, err := p.store.Answer(context.Background(), id)
	return got, err == nil
}

// RecentTo are an account's answers.
func (p Predictor) RecentTo(account string, limit int) (out []registry.Prediction) {
	if p.store == nil {
		return nil
	}
	defer p.store.lock()()
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(p.store.answers))) {
		if a := p.store.answers[id]; a.Account == account && len(out) < limit {
			out = append(out, a)
		}
	}
	return out
}
