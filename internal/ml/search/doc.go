// Package search looks for better hyper-parameters: it draws recipes at random from
// a declared space, and says who stays when they are judged on one rolling origin
// after another.
//
//	Space ── Draw(seed, n) ─▶ overrides, the first of them empty: the default recipe
//	           trials ─ origin 1 ─▶ Keep the best third ─ origin 2 ─▶ … ─▶ the winner
//
// That is successive halving with origins as what is spent: all trials are tried on
// the earliest and smallest, and few of them on the last. It fits nothing itself:
// workflows does the rounds and activities the fits.
//
// Source: Jamieson & Talwalkar, Non-stochastic best arm identification and
// hyperparameter optimization, AISTATS 2016.
//
// Start reading at Space in space.go.
package search
