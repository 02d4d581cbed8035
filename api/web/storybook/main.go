// Command storybook writes every page of the web UI with canned content into a
// folder, to look at without a server, or serves them.
//
//	go run ./api/web/storybook -out /tmp/story
//	go run ./api/web/storybook -serve 127.0.0.1:8599
package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"lfb/api/web"
	"lfb/api/web/canned"
)

func main() {
	out := flag.String("out", "storybook", "folder to write the pages to")
	address := flag.String("serve", "", "host:port to serve the pages on instead")
	champion := flag.String("champion", "", "folder of a champion's local copy that answers instead, like .lfb/champion")
	flag.Parse()
	if err := run(*out, *address, *champion); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out, address, champion string) error {
	o, err := canned.Options("")
	if err != nil {
		return err
	}
	if champion != "" {
		d, err := canned.Champion(champion)
		if err != nil {
			return err
		}
		o.Champion, o.Predictor = d, d
	}
	full, empty := web.New(o), web.New(canned.Empty())
	if address != "" {
		s := &http.Server{Addr: address, Handler: full, ReadHeaderTimeout: 5 * time.Second}
		return s.ListenAndServe()
	}
	for _, s := range canned.Stories() {
		h := full
		if s.Empty {
			h = empty
		}
		if err := write(h, s, out); err != nil {
			return err
		}
	}
	return nil
}

// assetPath finds the addresses of styles and scripts in a page.
var assetPath = regexp.MustCompile(`"(/static/[^"]+)"`)

// write keeps a page, and its assets beside it, with addresses that a browser
// finds without a server.
func write(h http.Handler, s canned.Story, out string) error {
	page, err := get(h, s.Path, s.Status)
	if err != nil {
		return err
	}
	var bad error
	page = assetPath.ReplaceAllFunc(page, func(m []byte) []byte {
		address := string(m[1 : len(m)-1])
		body, err := get(h, address, http.StatusOK)
		bad = errors.Join(bad, err, keep(filepath.Join(out, filepath.Base(address)), body))
		return []byte(`"` + filepath.Base(address) + `"`)
	})
	return errors.Join(bad, keep(filepath.Join(out, s.Name+".html"), page))
}

func get(h http.Handler, path string, want int) ([]byte, error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != want {
		return nil, fmt.Errorf("%s: status %d, want %d: %.200s", path, w.Code, want, w.Body)
	}
	return w.Body.Bytes(), nil
}

func keep(path string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o644)
}
