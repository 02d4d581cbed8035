package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// Networks are IP networks, written with commas between them; an address alone is a
// network of one.
type Networks []netip.Prefix

// String writes them as Set reads them.
func (n Networks) String() string {
	words := make([]string, len(n))
	for i, p := range n {
		words[i] = p.String()
	}
	return strings.Join(words, ",")
}

// Set implements flag.Value.
func (n *Networks) Set(text string) error {
	*n = nil
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		p, err := netip.ParsePrefix(word)
		if a, err2 := netip.ParseAddr(word); err2 == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return fmt.Errorf("%q is no network like 10.0.0.0/8", word)
		}
		*n = append(*n, p.Masked())
	}
	return nil
}
