// Package cover says what a change of the stations does to London: how many calls a day get their first engine later
// than six minutes, and their second later than eight, before and after.
//
//	data set's summary ─▶ demand: calls a day by hexagon and hour
//	bundle ─▶ dispatch: who comes, as the engines stand, and how soon ─▶ P(late) of each hexagon and hour
//	                    demand × P(late), summed ─▶ Evaluate ─▶ RankMoves, RankClosures
//
// Both sides of a comparison are made alike, over who may come: the usual absences before, the scenario's after. So
// what the model gets wrong about a place is wrong on both sides and mostly leaves their difference.
//
// It does not know crews' hours, what kind of appliance an engine is, or that a busy day leaves fewer engines; and
// calls fall on hours alike all over London.
//
// Start reading at NewPlanner, then Evaluate.
package cover
