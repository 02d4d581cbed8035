package clean

import (
	"cmp"
	"slices"
	"strings"

	"lfb/internal/lfb"
)

// What a caller can say is the matter. Kinds of special service that only the
// crew can tell (no action, advice, stand by) are ReportedOther.
const (
	ReportedAlarm     = "automatic alarm"
	ReportedFire      = "fire"
	ReportedRTC       = "road traffic collision"
	ReportedTransport = "other transport accident"
	ReportedLift      = "lift release"
	ReportedEntry     = "entry or exit"
	ReportedFlooding  = "flooding"
	ReportedMedical   = "medical"
	ReportedRescue    = "person trapped or in danger"
	ReportedWater     = "person in water"
	ReportedAnimal    = "animal"
	ReportedHazard    = "hazardous material or leak"
	ReportedUnsafe    = "something unsafe"
	ReportedAgency    = "another service asks for help"
	ReportedOther     = "other service"
)

// ReportedKinds lists every value of Reported, in a fixed order.
func ReportedKinds() []string {
	return []string{
		ReportedAlarm, ReportedFire, ReportedRTC, ReportedTransport, ReportedLift,
		ReportedEntry, ReportedFlooding, ReportedMedical, ReportedRescue, ReportedWater,
		ReportedAnimal, ReportedHazard, ReportedUnsafe, ReportedAgency, ReportedOther,
	}
}

// Reported is what was reported when the call came in, as far as the final
// classification of in allows: what cannot be told apart on the phone is merged.
// An automatic alarm is known as such. A fire, and a false alarm in good faith or
// malice, are both a fire reported. A special service keeps the kind that a caller
// would name. Empty is unknown.
func Reported(in *lfb.Incident) string {
	return describeReport(in.IncidentGroup, in.StopCodeDescription, in.SpecialServiceType)
}

// FromCaller is Reported from the facts that a request has, any of which may be
// empty; case and blanks do not matter. Each may also be one of ReportedKinds in
// its own words. "False Alarm" alone says nothing, as no caller knows it: empty.
func FromCaller(group, stopCode, specialServiceType string) string {
	group, stop := strings.TrimSpace(group), strings.TrimSpace(stopCode)
	service := strings.TrimSpace(specialServiceType)
	if said := reportOfStopCode(stop); said != "" {
		return said
	}
	for _, said := range [...]string{service, stop, group} {
		if said == "" {
			continue
		}
		kinds := ReportedKinds()
		is := func(kind string) bool { return strings.EqualFold(kind, said) }
		if i := slices.IndexFunc(kinds, is); i >= 0 {
			return kinds[i]
		}
	}
	return describeReport(group, stop, service)
}

func describeReport(group, stop, service string) string {
	if said := reportOfStopCode(stop); said != "" {
		return said
	}
	switch {
	case service != "":
		return cmp.Or(serviceWords[strings.ToLower(service)], ReportedOther)
	case strings.EqualFold(group, "Fire"):
		return ReportedFire
	case strings.EqualFold(group, "AFA"):
		return ReportedAlarm
	case strings.EqualFold(group, "Special Service"), strings.EqualFold(stop, "Special Service"):
		return ReportedOther
	}
	return ""
}

// reportOfStopCode is what the final classification alone tells.
func reportOfStopCode(stop string) string {
	stop = strings.ToLower(stop)
	switch {
	case stop == "afa", strings.HasPrefix(stop, "afa "):
		return ReportedAlarm
	case strings.HasPrefix(stop, "false alarm"), strings.HasSuffix(stop, "fire"), stop == "late call":
		return ReportedFire
	case strings.HasPrefix(stop, "flood"):
		return ReportedFlooding
	}
	return ""
}

// serviceWords are a caller's words for a SpecialServiceType, in small letters.
var serviceWords = map[string]string{
	"rtc":                             ReportedRTC,
	"other transport incident":        ReportedTransport,
	"lift release":                    ReportedLift,
	"effecting entry/exit":            ReportedEntry,
	"flooding":                        ReportedFlooding,
	"medical incident":                ReportedMedical,
	"medical incident - co-responder": ReportedMedical,
	"other rescue/release of persons": ReportedRescue,
	"removal of objects from people":  ReportedRescue,
	"suicide/attempts":                ReportedRescue,
	"rescue or evacuation from water": ReportedWater,
	"animal assistance incidents":     ReportedAnimal,
	"animal assistance incident":      ReportedAnimal,
	"hazardous materials incident":    ReportedHazard,
	"spills and leaks (not rtc)":      ReportedHazard,
	"making safe (not rtc)":           ReportedUnsafe,
	"assist other agencies":           ReportedAgency,
}
