// Package treetest makes trees and rows for tests of what carries trees to other
// programs: every kind of split and of missing value, and values that sit on the
// thresholds. The same seed gives the same trees, whatever the trainers do, so
// that golden files can be made of them.
package treetest
