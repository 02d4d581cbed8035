package feature

import (
	"cmp"

	"lfb/internal/geo"
	"lfb/internal/lfb"
)

// ReadPostcode sets c's postcode and district to what is typed in a field, and finds what
// was read otherwise than it was typed. What says no district is lfb.ErrInvalid.
func ReadPostcode(c *lfb.Call, field, typed string) (p geo.Postcode, findings []Finding, err error) {
	if p, err = geo.ReadPostcode(typed); err != nil {
		return p, nil, err
	}
	c.Postcode, c.PostcodeDistrict = cmp.Or(p.Unit, p.Sector), p.District
	if p.Corrected {
		used := cmp.Or(p.Unit, p.Sector, p.District)
		findings = append(findings, Finding{Code: FindingPostcodeCorrected, Fact: field, Value: typed, Used: used})
	}
	if p.Rest != "" {
		findings = append(findings, Finding{Code: FindingPostcodeMalformed, Fact: field, Value: typed, Used: p.District})
	}
	return p, findings, nil
}
