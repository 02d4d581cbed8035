// Command storybook serves the web UI with canned content; /stories lists its pages.
//
//	go run ./api/web/storybook -listen 127.0.0.1:8599
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"lfb/api/web"
	"lfb/api/web/canned"
)

func main() {
	address := flag.String("listen", "127.0.0.1:8599", "host:port to serve the pages on")
	empty := flag.Bool("empty", false, "as a system in which nothing has happened yet")
	flag.Parse()
	if err := serve(*address, *empty); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(address string, empty bool) error {
	o, err := canned.NewOptions("")
	if err != nil {
		return err
	}
	if empty {
		o = canned.NewEmptyOptions()
	}
	mux := http.NewServeMux()
	mux.Handle("/", web.New(o))
	mux.HandleFunc("/stories", func(w http.ResponseWriter, _ *http.Request) {
		for _, s := range canned.Stories() {
			if s.Empty == empty {
				_, _ = fmt.Fprintf(w, "<p><a href=%q>%s</a>", s.Path, s.Name)
			}
		}
	})
	s := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return s.ListenAndServe()
}
