package feature

// FindingCode says what was found out about a call. Codes are part of the
// program: what is decided goes by them, and what people read is written elsewhere.
type FindingCode string

// The findings, with the parameters that each has.
const (
	FindingUnknownValue    FindingCode = "unknown_value"    // Fact has a Value that no training row has
	FindingNotUsed         FindingCode = "not_used"         // Fact is given and no model uses it
	FindingSuperseded      FindingCode = "superseded"       // Fact is given, and Used says it already
	FindingAreaElsewhere   FindingCode = "area_elsewhere"   // Fact's Value is Metres from where Used says it is
	FindingOutsideArea     FindingCode = "outside_area"     // Fact's Value is not London's; Metres from it
	FindingOutsideTraining FindingCode = "outside_training" // the nearest training place is Metres away
	FindingBoroughOnly     FindingCode = "borough_only"     // the place is taken to be the borough's middle
	FindingNoPlace         FindingCode = "no_place"         // nothing says where
	// Value was read as Used: a letter for a digit, or a blank
	FindingPostcodeCorrected  FindingCode = "postcode_corrected"
	FindingPostcodeMalformed  FindingCode = "postcode_malformed"   // Value is no postcode beyond Used
	FindingPostcodeAsDistrict FindingCode = "postcode_as_district" // Value is answered for its district, Used
	// Value is not known as a whole: it is answered for its sector, Used
	FindingPostcodeAsSector  FindingCode = "postcode_as_sector"
	FindingDistrictsTogether FindingCode = "districts_together" // Value is several districts, Used
	// Value is London's, without a training row: Used is what is around it
	FindingDistrictUnknown FindingCode = "district_unknown"
	FindingContradiction   FindingCode = "contradicting_places" // Fact's Value and Used are two places
	// the time, Value, comes twice that night: the first is taken
	FindingRepeatedHour      FindingCode = "repeated_hour"
	FindingWidened           FindingCode = "widened"            // no data near the place: the range is widened
	FindingAvailability      FindingCode = "availability"       // who is out, Value, was reckoned with, until Used
	FindingAvailabilityRough FindingCode = "availability_rough" // by the map alone: the model takes no station sent from
	FindingAvailabilityOld   FindingCode = "availability_old"   // and was last read at Used
	FindingAvailabilityFar   FindingCode = "availability_far"   // who is left is Metres away: the time is too short
	FindingSenderOut         FindingCode = "sender_out"         // Fact's Value, who was sent, is out until Used
)

// FindingCodes are all codes.
func FindingCodes() []FindingCode {
	return []FindingCode{
		FindingUnknownValue, FindingNotUsed, FindingSuperseded, FindingAreaElsewhere, FindingOutsideArea,
		FindingOutsideTraining, FindingBoroughOnly, FindingNoPlace, FindingPostcodeCorrected, FindingPostcodeMalformed,
		FindingPostcodeAsDistrict, FindingPostcodeAsSector, FindingDistrictsTogether, FindingDistrictUnknown,
		FindingContradiction, FindingRepeatedHour, FindingWidened,
		FindingAvailability, FindingAvailabilityRough, FindingAvailabilityOld, FindingAvailabilityFar, FindingSenderOut,
	}
}

// Finding is something to tell the caller, with the parameters of its code.
type Finding struct {
	Code   FindingCode
	Fact   string // in the words of the API, as "postcode_district"
	Value  string // as it was given
	Used   string // what was taken instead, or what it disagrees with
	Metres float64
}
