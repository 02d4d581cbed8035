package synthetic

import "lfb/internal/lfb"

// writer turns days into rows of one file. It keeps its memory between days.
type writer struct {
	row
	l          *london
	simulation simulation
	kind       lfb.Kind
	tidy       bool
	minutes    bool   // stamps without seconds, as since 2025
	dateLayout string // of DateOfCall
	seed       uint64

	gmt        int32 // seconds of the GMT day at local midnight
	stampDates [4]string
}

const byteOrderMark = "\ufeff"

// newWriter speaks the manner of the files of its first year, as they have come
// down; a tidy one speaks today's.
func newWriter(l *london, kind lfb.Kind, o Options, firstYear int) *writer {
	w := &writer{l: l, simulation: simulation{l: l}, kind: kind, tidy: o.Tidy, seed: o.Seed, dateLayout: "2006-01-02"}
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

// header returns the file's first line.
func (w *writer) header() []byte {
	mark := byteOrderMark
	if w.tidy {
		mark = ""
	}
	if w.kind == lfb.MobilisationFile {
		return []byte(mark + mobilisationHeader)
	}
	return []byte(mark + incidentHeader)
}

// write appends the rows of d to dst.
func (w *writer) write(dst []byte, d *day) []byte {
	w.b = dst
	calls := w.simulation.run(d)
	if w.kind == lfb.MobilisationFile {
		w.mobilisations(d, calls)
	} else {
		w.incidents(d, calls)
	}
	dst, w.b = w.b, nil
	return dst
}

// quirks are one row's oddities.
type quirks struct {
	nulls       bool // NULL for nothing
	floats      bool // 416.0 for 416
	zeroDegrees bool // latitude and longitude 0
	noWard      bool // not geo-coded below the borough
	noMobile    bool // the moment of leaving the station is not known
}

// quirksOf depends on the row alone and not on the simulation's draws, so that
// a tidy city has the same incidents.
func (w *writer) quirksOf(row int64) quirks {
	if w.tidy {
		return quirks{}
	}
	h := mix(w.seed, 0x9012c5, uint64(row))
	return quirks{
		nulls:       h%32 == 0,
		floats:      h>>8%16 == 0,
		zeroDegrees: h>>16%192 == 0,
		noWard:      h>>28%512 == 0,
		noMobile:    h>>40%160 == 0,
	}
}

// blanks reports whether a property type is written with a blank behind it, as
// most are.
func (w *writer) blanks(kind string) bool { return !w.tidy && len(kind)%7 != 0 }
