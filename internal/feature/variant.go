package feature

// Variant names what a model may ask for beyond a Call's usual facts.
type Variant string

// The variants.
const (
	Usual Variant = ""     // what every call has
	Sent  Variant = "sent" // and the station that the engine was ordered from
)

// families are the groups of columns that every Spec has, as its JSON names them.
func families() []string {
	return []string{"place", "station", "expect", "field", "away", "target", "clock", "holiday", "property"}
}
