// Package dispatch says whose engine comes to a call, as the engines stand, and what the model answers then.
//
//	bundle ─▶ NewDispatcher ─▶ Arrange(State) ─▶ Shares      who comes how likely
//	                                         └─▶ Predict     answers over who may come
//
// The publication tells who came, never who was out. So what is usual is learned: a station's engines are
// away as often as the first engine to its ground was another's, in that quarter of the day; it has two engines where
// the second one to its ground is often its own. A call gets the quickest engine that is there, by the stations'
// learned lines. Those are not the roads, so which of two is quicker is uncertain when their times are close.
//
// The answer is the model's with the station given (feature.Sent), over the stations by how likely each is the one.
// Nothing here was learned from who was away at a call, and a State is about the future alone.
//
// Start reading at Arrange.
package dispatch
