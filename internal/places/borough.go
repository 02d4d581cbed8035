package places

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// boroughs are London's, by the last two digits of their code from E09000001.
var boroughs = [...]string{
	"City of London", "Barking and Dagenham", "Barnet", "Bexley", "Brent", "Bromley", "Camden",
	"Croydon", "Ealing", "Enfield", "Greenwich", "Hackney", "Hammersmith and Fulham", "Haringey", "Harrow", "Havering",
	"Hillingdon", "Hounslow", "Islington", "Kensington and Chelsea", "Kingston upon Thames", "Lambeth", "Lewisham",
	"Merton", "Newham", "Redbridge", "Richmond upon Thames", "Southwark", "Sutton", "Tower Hamlets", "Waltham Forest",
	"Wandsworth", "Westminster",
}

// boroughNumber is 1-33 of a borough's code, 0 of any other text.
func boroughNumber(code string) uint8 {
	if rest, ok := strings.CutPrefix(code, "E090000"); ok {
		if n, err := strconv.Atoi(rest); err == nil && n >= 1 && n <= len(boroughs) {
			return uint8(n)
		}
	}
	return 0
}

func boroughCode(number uint8) string {
	if number == 0 || int(number) > len(boroughs) {
		return ""
	}
	return fmt.Sprintf("E090000%02d", number)
}

// BoroughName is the name of a borough's code; empty for other texts.
func BoroughName(code string) string {
	if n := boroughNumber(code); n > 0 {
		return boroughs[n-1]
	}
	return ""
}

// boroughNamed is the number of the borough of that name, as people and files write it:
// "City and County of the City of London" and "City of Westminster" too.
func boroughNamed(name string) uint8 {
	name = strings.ToLower(strings.ReplaceAll(name, "&", "and"))
	if strings.HasSuffix(name, "city of london") {
		return 1
	}
	for _, more := range []string{"city of ", "london borough of ", "royal borough of "} {
		name = strings.TrimPrefix(name, more)
	}
	return uint8(slices.IndexFunc(boroughs[:], func(b string) bool { return strings.EqualFold(b, name) }) + 1)
}
