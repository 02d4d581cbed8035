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
			feature.Finding{Code: feature.FindingOutsideTraining, Metres: math.Inf(1)},
			"outside the area seen in training: no incident within 20 km",
		},
		{"a borough", feature.Finding{Code: feature.FindingBoroughOnly}, "only the borough is known: the place is taken to be its middle"},
		{"nowhere", feature.Finding{Code: feature.FindingNoPlace}, "no place is known: the answer is for London as a whole"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve.Reply{Findings: []feature.Finding{tt.f}}
			if got := warning.Texts(&r); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("Texts(%+v) = %q, want %q", tt.f, got, tt.want)
			}
			r.Widened = true
			want := []string{tt.want, "there is no data near the place: the range is widened"}
			if got := warning.Texts(&r); !slices.Equal(got, want) {
				t.Errorf("Texts of a widened answer = %q, want %q", got, want)
			}
		})
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
