package stack

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"lfb/internal/lfb"
)

// claimPorts checks that every address is free and puts free ports in the place
// of zeros. All of them are held until the last is known, so that no two get the
// same. Every one that is taken is reported, with the flag that moves it.
func (o *Options) claimPorts() error {
	var errs []error
	var held []net.Listener
	defer func() {
		for _, l := range held {
			_ = l.Close() // only held, never served on
		}
	}()
	claim := func(name, addr, flag string) net.Listener {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s is taken or cannot be used: move it with -%s: %w: %w",
				name, addr, flag, lfb.ErrUnavailable, err))
			return nil
		}
		held = append(held, l)
		return l
	}
	for _, p := range o.ports() {
		addr := net.JoinHostPort(host, strconv.Itoa(*p.port))
		if l := claim(p.name, addr, p.flag); l != nil {
			*p.port = l.Addr().(*net.TCPAddr).Port
		}
	}
	for _, other := range o.Others {
		claim(other.Name, other.Addr, other.Flag)
	}
	return errors.Join(errs...)
}
