package httpx

import (
	"mime"
	"slices"
	"strconv"
	"strings"
)

// Negotiate is which of the offered media types a client wants most, by its header Accept;
// empty: none of them. Without the header it is the first.
func Negotiate(accept string, offered ...string) string {
	if strings.TrimSpace(accept) == "" {
		return offered[0]
	}
	best, most := "", 0.0
	for _, media := range offered {
		if q := acceptedQuality(accept, media); q > most {
			best, most = media, q
		}
	}
	return best
}

// acceptedQuality is the q of the most specific range that a media type is in.
//
// Source: RFC 9110, 12.5.1.
func acceptedQuality(accept, media string) float64 {
	kind, _, _ := strings.Cut(media, "/")
	ranges := []string{"*/*", kind + "/*", media}
	quality, specific := 0.0, -1
	for part := range strings.SplitSeq(accept, ",") {
		name, parameters, err := mime.ParseMediaType(part)
		rank := slices.Index(ranges, name)
		if err != nil || rank <= specific {
			continue
		}
		quality, specific = 1, rank
		if q, ok := parameters["q"]; ok {
			quality, _ = strconv.ParseFloat(q, 64) // what is no number is not wanted
		}
	}
	return quality
}
