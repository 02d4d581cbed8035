package httpx

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Address is the client's address: that of the connection, or what BelieveProxies put
// in its place.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// BelieveProxies gives a request that comes from one of the trusted networks the address
// of the client that it was forwarded for, by X-Forwarded-For or Forwarded (RFC 7239):
// the right-most that is not trusted itself, as whatever stands further left is the
// client's own word. Two headers that disagree are not believed: one of them went
// through the proxy unread.
func BelieveProxies(trusted []netip.Prefix, h http.Handler) http.Handler {
	if len(trusted) == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
			r = r.WithContext(r.Context()) // a copy
			r.RemoteAddr = netip.AddrPortFrom(forwardedFor(r.Header, peer.Addr().Unmap(), trusted), peer.Port()).String()
		}
		h.ServeHTTP(w, r)
	})
}

// forwardedFor is the client that a peer speaks for, and the peer where it may not.
func forwardedFor(h http.Header, peer netip.Addr, trusted []netip.Prefix) netip.Addr {
	byOld := lastUntrusted(peer, h.Values("X-Forwarded-For"), trusted, func(hop string) string { return hop })
	byNew := lastUntrusted(peer, h.Values("Forwarded"), trusted, forParameter)
	if len(h.Values("Forwarded")) == 0 || byOld == byNew {
		return byOld
	}
	if len(h.Values("X-Forwarded-For")) == 0 {
		return byNew
	}
	return peer
}

// lastUntrusted goes back from the peer as long as those who speak are trusted; node
// finds the address in one element of the header.
func lastUntrusted(peer netip.Addr, header []string, trusted []netip.Prefix, node func(string) string) netip.Addr {
	isTrusted := func(p netip.Prefix) bool { return p.Contains(peer) }
	for _, hop := range slices.Backward(strings.Split(strings.Join(header, ","), ",")) {
		before, err := parseNode(node(strings.TrimSpace(hop)))
		if err != nil || !slices.ContainsFunc(trusted, isTrusted) {
			break
		}
		peer = before
	}
	return peer
}

// forParameter is what an element of Forwarded says of whom it was received from.
func forParameter(element string) string {
	for pair := range strings.SplitSeq(element, ";") {
		if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); strings.EqualFold(name, "for") {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// parseNode reads an address, which may have a port, and brackets around it.
func parseNode(s string) (netip.Addr, error) {
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr().Unmap(), nil
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a.Unmap(), err
}
