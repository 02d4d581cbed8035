package ask

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"lfb/internal/feature"
	"lfb/internal/geo"
	"lfb/internal/lfb"
)

// Positions in feature.Spec.Vocab and, for the places, in its gazetteer.
const (
	vocabBorough = iota
	vocabWard
	vocabDistrict
	vocabGround
	vocabReported
	vocabCategory
)

var (
	twoNumbers = regexp.MustCompile(`^(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)$`)
	gssCode    = regexp.MustCompile(`^[Ee](05|09)\d{6}$`)
)

// locatePlace reads a place as a person types it and sets c's facts: a postcode, a
// postcode district, latitude and longitude, easting and northing, a borough's
// name or code, a ward's code, a station. It finds what was read otherwise than it was
// typed. Anything else is lfb.ErrInvalid.
func locatePlace(c *lfb.Call, text string, spec *feature.Spec) ([]feature.Finding, error) {
	text = strings.Join(strings.Fields(text), " ")
	if m := twoNumbers.FindStringSubmatch(text); m != nil {
		return nil, locatePoint(c, m[1], m[2])
	}
	if isPostcode(text) {
		_, slips, err := feature.ReadPostcode(c, "postcode", text)
		return slips, err
	}
	if gssCode.MatchString(text) {
		code := strings.ToUpper(text)
		if code[2] == '9' {
			c.BoroughCode = code
		} else {
			c.WardCode = code
		}
		return nil, nil
	}
	if code := boroughCode(text); code != "" {
		c.BoroughCode = code
		return nil, nil
	}
	if spec != nil {
		for _, w := range spec.Vocab[vocabGround].Words {
			if strings.EqualFold(w, text) {
				c.StationGround = w
				return nil, nil
			}
		}
	}
	return nil, fmt.Errorf("“%.60s” is not recognised. Try a postcode (SE10 9NF), a district (N17), a borough, a station or coordinates: %w",
		text, lfb.ErrInvalid)
}

// isPostcode says whether a text is meant as a postcode or as much of one as is known: an
// area has two letters, and what is torn at its end goes on with a digit.
func isPostcode(text string) bool {
	p, err := geo.ReadPostcode(text)
	area := p.District == geo.PostcodeArea(p.District)
	return err == nil && (!area || len(text) > 1) && (p.Rest == "" || p.Rest[0] <= '9' && len(text) <= 10)
}

// locatePoint takes small numbers for degrees and large ones for metres.
func locatePoint(c *lfb.Call, first, second string) error {
	a, err1 := strconv.ParseFloat(first, 64)
	b, err2 := strconv.ParseFloat(second, 64)
	switch {
	case err1 != nil || err2 != nil:
		return fmt.Errorf("coordinates %.40q, %.40q: %w", first, second, lfb.ErrInvalid)
	case a >= 49 && a <= 61 && b >= -9 && b <= 3:
		c.Easting, c.Northing = geo.ToGrid(a, b)
	case a >= 1000 && a <= 700_000 && b >= 1000 && b <= 1_300_000:
		c.Easting, c.Northing = a, b
	default:
		return fmt.Errorf("%s, %s is neither latitude and longitude nor easting and northing in Britain: %w", first, second, lfb.ErrInvalid)
	}
	// The model learned places to the hundred metres that the publication gives.
	c.Easting, c.Northing = geo.CellCentre100(c.Easting, c.Northing)
	return nil
}

// boroughs are London's, by the last two digits of their code from E09000001.
var boroughs = [...]string{
	"City of London", "Barking and Dagenham", "Barnet", "Bexley", "Brent", "Bromley", "Camden",
	"Croydon", "Ealing", "Enfield", "Greenwich", "Hackney", "Hammersmith and Fulham", "Haringey", "Harrow", "Havering",
	"Hillingdon", "Hounslow", "Islington", "Kensington and Chelsea", "Kingston upon Thames", "Lambeth", "Lewisham",
	"Merton", "Newham", "Redbridge", "Richmond upon Thames", "Southwark", "Sutton", "Tower Hamlets", "Waltham Forest",
	"Wandsworth", "Westminster",
}

// BoroughName is the name of a borough's code; other codes stay as they are.
func BoroughName(code string) string {
	if rest, ok := strings.CutPrefix(code, "E090000"); ok {
		if n, err := strconv.Atoi(rest); err == nil && n >= 1 && n <= len(boroughs) {
			return boroughs[n-1]
		}
	}
	return code
}

func boroughCode(name string) string {
	for i, b := range boroughs {
		if strings.EqualFold(b, name) {
			return fmt.Sprintf("E090000%02d", i+1)
		}
	}
	return ""
}
