// Package phrase reads what a caller says, as an operator types it: "kitchen fire in a flat near
// Brixton station, second engine, at 3 am tomorrow".
//
//	text ──time, engine──▶ rest ──places.Search──▶ where ──words left──▶ what is reported, property, words not used
//
// It guesses nothing that is not said, and says which words told nothing. It knows words, and no
// model: whether a model knows the property is the caller's to see.
//
// Start reading at Read.
package phrase
