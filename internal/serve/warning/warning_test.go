package warning_test

import (
	"math"
	"slices"
	"testing"

	"lfb/internal/feature"
	"lfb/internal/ml"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
)

// Clients show these sentences, and some look for them: a change is one of the API.
func TestTexts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		f    feature.Finding
		want string
	}{
		{"unknown ward", feature.Finding{Code: feature.FindingUnknownValue, Fact: "ward", Value: "E77"}, `ward "E77" is not in the training rows`},
		{
			"unknown district",
			feature.Finding{Code: feature.FindingUnknownValue, Fact: "postcode_district", Value: "EH1"},
			`postcode district "EH1" is not in the training rows`,
		},
		{
			"unknown ground",
			feature.Finding{Code: feature.FindingUnknownValue, Fact: "station_ground", Value: `"Soho"`},
			`station ground "\"Soho\"" is not in the training rows`,
		},
		{
			"unknown report",
			feature.Finding{Code: feature.FindingUnknownValue, Fact: "reported", Value: "zombies"},
			`report "zombies" is not in the training rows`,
		},
		{
			"elsewhere",
			feature.Finding{Code: feature.FindingAreaElsewhere, Fact: "station_ground", Value: "Euston", Metres: 12_345},
			"the place is 12 km from the middle of station ground Euston",
		},
		{
			"near the area",
			feature.Finding{Code: feature.FindingOutsideTraining, Metres: 3_040},
			"outside the area seen in training: the nearest incident is 3.0 km away",
		},
		{
			"far away",
			feature.Finding{Code: feature.FindingOutsideArea, Fact: "easting", Metres: math.Inf(1)},
			"the place is outside London: no incident within 20 km",
		},
		{
			"Brighton",
			feature.Finding{Code: feature.FindingOutsideArea, Fact: "postcode_district", Value: "BN1", Metres: math.Inf(1)},
			`postcode district "BN1" is outside London, or no such place: nothing is known of it`,
		},
		{
			"two places",
			feature.Finding{
				Code: feature.FindingContradiction, Fact: "postcode_district", Value: "E1", Used: "easting",
				Metres: 9_200,
			},
			`postcode district "E1" and the place by its coordinates are 9.2 km apart: which is it?`,
		},
		{
			"two texts",
			feature.Finding{Code: feature.FindingContradiction, Fact: "postcode_district", Value: "E1", Used: "SE10 9NF"},
			`postcode district "E1" and SE10 9NF are two places: which is it?`,
		},
		{"a blank", feature.Finding{Code: feature.FindingPostcodeCorrected, Value: "se1 09NF", Used: "SE10 9NF"}, `"se1 09NF" is read as SE10 9NF: a blank stood in the wrong place`},
		{"a slip", feature.Finding{Code: feature.FindingPostcodeCorrected, Value: "SE1O 9NF", Used: "SE10 9NF"}, `"SE1O 9NF" is read as SE10 9NF: letters stood for digits`},
		{"a torn postcode", feature.Finding{Code: feature.FindingPostcodeMalformed, Value: "SE10 99F", Used: "SE10"}, `"SE10 99F" is no postcode: answered for the district SE10`},
		{
			"a sector",
			feature.Finding{Code: feature.FindingPostcodeAsDistrict, Value: "E1 6", Used: "E1"},
			"E1 6 is answered for the district E1 as a whole",
		},
		{
			"a short name",
			feature.Finding{Code: feature.FindingDistrictsTogether, Value: "EC1", Used: "EC1A, EC1V"},
			"EC1 is several districts, answered for all of them together: EC1A, EC1V",
		},
		{
			"not used",
			feature.Finding{Code: feature.FindingNotUsed, Fact: "recent_load", Value: "3"},
			"recent load is not used: no model that serves was trained with it",
		},
		{
			"said twice",
			feature.Finding{Code: feature.FindingSuperseded, Fact: "incident_group", Used: "reported"},
			"incident group is not used: reported says it already",
		},
		{"widened", feature.Finding{Code: feature.FindingWidened}, "there is no data near the place: the range is widened"},
		{
			"a borough",
			feature.Finding{Code: feature.FindingBoroughOnly},
			"only the borough is known: the place is taken to be its middle",
		},
		{"nowhere", feature.Finding{Code: feature.FindingNoPlace}, "no place is known: the answer is for London as a whole"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve.Reply{Findings: []feature.Finding{tt.f}}
			if got := warning.Texts(&r); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("Texts(%+v) = %q, want %q", tt.f, got, tt.want)
			}
		})
	}
	for _, code := range feature.FindingCodes() {
		if text := warning.Sentences([]feature.Finding{{Code: code}})[0].Text; text == string(code) {
			t.Errorf("the code %s has no sentence", code)
		}
	}
	if got := warning.Texts(&serve.Reply{}); got != nil {
		t.Errorf("Texts of nothing = %q, want none", got)
	}
}

func TestNoResponse(t *testing.T) {
	t.Parallel()
	if got := warning.NoResponse(&serve.Reply{Response: &ml.Answer{}}); got != "" {
		t.Errorf("NoResponse of a response = %q, want nothing", got)
	}
	const want = "no call handling times were published with the data that the model was trained on"
	if got := warning.NoResponse(&serve.Reply{}); got != want {
		t.Errorf("NoResponse = %q, want %q", got, want)
	}
}
