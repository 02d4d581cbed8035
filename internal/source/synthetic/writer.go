package synthetic

import "lfb/internal/lfb"

// rowWriter writes days as rows of one file and reuses its memory between days.
type rowWriter struct {
	rowBuffer
	l          *cityMap
	simulation *simulation
	kind       lfb.Kind
	tidy       bool
	minutes    bool   // stamps without seconds, as since 2025
	dateLayout string // of DateOfCall
	seed       uint64

	gmt        int32 // seconds of the GMT day at local midnight
	stampDates [4]string
}

const byteOrderMark = "\ufeff"

// newWriter returns a writer in the format of the files of its first year, as they are still
// published; a tidy city is in the format of today.
func newWriter(l *cityMap, kind lfb.Kind, o Options, firstYear int) *rowWriter {
	w := &rowWriter{l: l, simulation: newSimulation(l), kind: kind, tidy: o.Tidy, seed: o.Seed, dateLayout: "2006-01-02"}
	if o.Tidy {
		return w
	}
	switch {
	case firstYear < 2015:
		w.dateLayout = "02 Jan 2006"
	case firstYear < 2021:
		w.dateLayout = "02-Jan-06"
	}
	w.minutes = firstYear >= 2025
	return w
}

// fileHeader returns the file's first line.
func (w *rowWriter) fileHeader() []byte {
	mark := byteOrderMark
	if w.tidy {
		mark = ""
	}
	if w.kind == lfb.MobilisationFile {
		return []byte(mark + mobilisationHeader)
	}
	return []byte(mark + incidentHeader)
}

// appendDay appends the rows of d to dst.
func (w *rowWriter) appendDay(dst []byte, d *daySpan) []byte {
	w.b = dst
	calls := w.simulation.simulateDay(d)
	if w.kind == lfb.MobilisationFile {
		w.writeMobilisations(d, calls)
	} else {
		w.writeIncidents(d, calls)
	}
	dst, w.b = w.b, nil
	return dst
}

// rowQuirks are the irregularities of one row, as the published files have them.
type rowQuirks struct {
	nulls       bool // NULL for nothing
	floats      bool // 416.0 for 416
	zeroDegrees bool // latitude and longitude 0
	noWard      bool // not geo-coded below the borough
	noMobile    bool // the moment of leaving the station is not known
}

// quirksFor depends on the row alone and not on the simulation's draws, so that
// a tidy city has the same incidents.
func (w *rowWriter) quirksFor(row int64) rowQuirks {
	if w.tidy {
		return rowQuirks{}
	}
	h := hashWords(w.seed, 0x9012c5, uint64(row))
	return rowQuirks{
		nulls:       h%32 == 0,
		floats:      h>>8%16 == 0,
		zeroDegrees: h>>16%192 == 0,
		noWard:      h>>28%512 == 0,
		noMobile:    h>>40%160 == 0,
	}
}

// hasTrailingBlank reports whether a property type is written with a blank behind it, as
// most are.
func (w *rowWriter) hasTrailingBlank(kind string) bool { return !w.tidy && len(kind)%7 != 0 }
