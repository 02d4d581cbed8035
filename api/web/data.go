package web

import (
	"context"
	"fmt"
	"net/http"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// pageFiles is how many files of an origin are listed, newest first.
const pageFiles = 60

type dataBody struct {
	Sets  []registry.DataSet
	Files []fileRow
	More  int // files that are not listed
	// Places are the sets that callers' places are found in, one an origin.
	Places []registry.PlaceSet
}

type fileRow struct {
	lfb.SourceFile
	Loaded bool
	Count  lfb.LoadCount
}

func (u *ui) showData(r *http.Request) (*view, error) {
	b := &dataBody{}
	for _, origin := range lfb.Origins() {
		sets, err := u.Store.DataSets(r.Context(), origin)
		if err != nil {
			return nil, err
		}
		b.Sets = append(b.Sets, sets...)
		places, err := u.Store.PlaceSets(r.Context(), origin, 1)
		if err != nil {
			return nil, err
		}
		b.Places = append(b.Places, places...)
		files, err := u.Store.Files(r.Context(), origin)
		if err != nil {
			return nil, err
		}
		for i, f := range files {
			if i == pageFiles {
				b.More += len(files) - i
				break
			}
			row, err := u.fileRow(r.Context(), f)
			if err != nil {
				return nil, err
			}
			b.Files = append(b.Files, row)
		}
	}
	return &view{Template: "data", Title: "Data", Section: "data", Body: b}, nil
}

// refreshPlaces starts a refresh of the places.
func (u *ui) refreshPlaces(r *http.Request) (*view, error) {
	_, err := u.Control.RefreshPlaces(r.Context(), actorOf(r.Context()), "started from the page")
	return redirectAfter(r, "places", "/data"), err
}

func (u *ui) fileRow(ctx context.Context, f lfb.SourceFile) (fileRow, error) {
	row := fileRow{SourceFile: f}
	var err error
	row.Count, row.Loaded, err = u.Store.LoadedAt(ctx, f.SHA256)
	return row, err
}

type fileBody struct {
	File    fileRow
	Rejects []registry.RejectCount
}

// file is one source file: what loading it did, and what was wrong with it.
func (u *ui) showFile(r *http.Request) (*view, error) {
	sha := r.PathValue("sha")
	for _, origin := range lfb.Origins() {
		files, err := u.Store.Files(r.Context(), origin)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if f.SHA256 != sha {
				continue
			}
			b := &fileBody{}
			if b.File, err = u.fileRow(r.Context(), f); err != nil {
				return nil, err
			}
			if b.Rejects, err = u.Store.RejectCounts(r.Context(), sha); err != nil {
				return nil, err
			}
			return &view{Template: "file", Title: f.Name, Section: "data", Body: b}, nil
		}
	}
	return nil, fmt.Errorf("file %.64q: %w", sha, lfb.ErrNotFound)
}

// reportPolicy lets a data report use the styles that it holds, and keeps it from
// everything else of this site but the frame of its page.
const reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"

// showReport is a data set's report in the frame of the site.
func (u *ui) showReport(r *http.Request) (*view, error) {
	d, err := u.readReported(r)
	return &view{Template: "report", Title: "Report of " + d.ID, Section: "data", Body: d}, err
}

// downloadReport is the report itself, out of the store.
func (u *ui) downloadReport(r *http.Request) (*view, error) {
	d, err := u.readReported(r)
	if err != nil {
		return nil, err
	}
	body, err := u.Blobs.ReadAll(r.Context(), d.Report)
	return newFile(body, "text/html; charset=utf-8", "Content-Security-Policy", reportPolicy, "X-Frame-Options",
		"SAMEORIGIN"), err
}

func (u *ui) readReported(r *http.Request) (registry.DataSet, error) {
	d, err := u.Store.DataSet(r.Context(), r.PathValue("id"))
	if err == nil && d.Report.IsZero() {
		err = fmt.Errorf("report of data set %s: %w", d.ID, lfb.ErrNotFound)
	}
	return d, err
}
