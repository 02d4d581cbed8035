// Package datasettest makes data sets in tests, of published files and of the synthetic city.
//
//	file, city ─▶ Incidents ─▶ BuildTable ─▶ dataset.Table ─▶ EncodeSet ─▶ ml.Set
//
// Nothing outside of tests may import it.
package datasettest
