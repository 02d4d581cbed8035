package synthetic

import (
	"math"
	"math/rand/v2"
)

// incidentKinds holds the tables of kinds.go as pickers.
type incidentKinds struct {
	stops      [stops]stopTraits
	categories [categories]categoryTraits
	category   [12][24]*weightedPicker // by month and hour
	stop       [categories]*weightedPicker
	services   [categories]*weightedPicker
	qualifiers [categories]*weightedPicker
	types      [categories]*weightedPicker
	lifts      *weightedPicker
	liftTypes  []namedShare
	hour       *weightedPicker
}

func newKinds() *incidentKinds {
	k := &incidentKinds{stops: stopTable(), categories: categoryTable(), liftTypes: liftTypes()}
	k.lifts = newSharePicker(k.liftTypes)
	for c, t := range k.categories {
		k.stop[c] = newPicker(t.stops[:])
		k.services[c] = newSharePicker(t.services)
		k.qualifiers[c] = newSharePicker(t.qualifiers)
		k.types[c] = newSharePicker(t.types)
	}
	for month := range k.category {
		for hour := range k.category[month] {
			k.category[month][hour] = k.categoriesAt(month, hour)
		}
	}
	k.hour = newPicker([]float64{
		34, 28, 21.5, 18.5, 17, 17, 20, 28.3, 38.4, 44, 47.2, 50.2, 53.1, 52.3, 54.2, 54, 59.3,
		58.5, 63.8, 58.3, 53.3, 48.3, 44.6, 37.7,
	})
	return k
}

// categoriesAt draws categories at an hour of a month (January is 0).
func (k *incidentKinds) categoriesAt(month, hour int) *weightedPicker {
	var w [categories]float64
	season := math.Cos(float64(month-6) * math.Pi / 6)
	for c, t := range k.categories {
		w[c] = t.weight * (1 + t.summer*season)
		if hour >= 9 && hour < 18 {
			w[c] *= t.day
		}
	}
	return newPicker(w[:])
}

// drawKind draws the stop code, the property and the rest of what a call is about.
func (k *incidentKinds) drawKind(r *rand.Rand, c *incidentCall, month int) {
	c.category = propertyCategory(k.category[month][c.wall/3600].drawIndex(r))
	cat := c.category
	c.stop = stopCode(k.stop[cat].drawIndex(r))
	c.service = ""
	c.kind = k.categories[cat].types[k.types[cat].drawIndex(r)].name
	if c.stop == special {
		c.service = k.categories[cat].services[k.services[cat].drawIndex(r)].name
		if cat == dwelling && c.service == liftRelease {
			c.kind = k.liftTypes[k.lifts.drawIndex(r)].name
		}
	}
	c.qualifier = k.categories[cat].qualifiers[k.qualifiers[cat].drawIndex(r)].name
}
