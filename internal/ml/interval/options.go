package interval

import (
	"cmp"
	"fmt"

	"lfb/internal/lfb"
)

// Options tune the calibration. The zero value is the default.
type Options struct {
	// GroupRows is how many calibration rows of one engine make a group by predicted
	// level; 0 = 400. Fewer give finer and noisier groups, of which there are at
	// most 8 an engine.
	GroupRows int `json:"group_rows,omitempty"`
	// Shrink is k in n/(n+k), the weight of a group's own correction against its
	// engine's, and of an engine's against that of all; 0 = 300.
	Shrink float64 `json:"shrink,omitempty"`
	// IsotonicRows is from how many rows on probabilities are calibrated by isotonic
	// regression, below it by Platt's curve; 0 = 1000.
	IsotonicRows int `json:"isotonic_rows,omitempty"`
}

// maxGroups is the most groups by predicted level that one engine has.
const maxGroups = 8

func (o Options) withDefaults() (Options, error) {
	o.GroupRows = cmp.Or(o.GroupRows, 400)
	o.Shrink = cmp.Or(o.Shrink, 300)
	o.IsotonicRows = cmp.Or(o.IsotonicRows, 1000)
	if o.GroupRows < 1 || !(o.Shrink > 0) || o.IsotonicRows < 1 {
		return o, fmt.Errorf("interval options %+v: %w", o, lfb.ErrInvalid)
	}
	return o, nil
}
