package verb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"lfb/internal/control"
	"lfb/internal/registry"
	"lfb/workflows"
)

// runPlaces lists the sets of places, refreshes them, or says what the one that serves is.
func runPlaces(ctx context.Context, e *env) error {
	switch e.argAt(0) {
	case "", "status":
		return showPlaces(ctx, e)
	case "list":
		return listPlaceSets(ctx, e)
	case "refresh":
		return refreshPlaces(ctx, e)
	}
	return fmt.Errorf("places %q: want list, refresh or status", e.argAt(0))
}

func listPlaceSets(ctx context.Context, e *env) error {
	db, err := e.openRecords(ctx)
	if err != nil {
		return err
	}
	all, err := db.PlaceSets(ctx, control.PlacesInput(e.c, "").Origin, e.c.Starter.Limit)
	if err != nil {
		return err
	}
	return printList(e, all, table.Row{"set", "made", "by", "places", "MB", "made of"},
		func(s registry.PlaceSet) table.Row {
			return table.Row{
				s.Revision, s.MadeAt.Format(time.RFC3339), s.MadeBy, s.Places(), formatMegabytes(s.File.Bytes),
				productsText(s),
			}
		})
}

// productsText names what a set was made of.
func productsText(s registry.PlaceSet) string {
	var text strings.Builder
	for _, p := range s.Products {
		fmt.Fprintf(&text, "%s %s, ", p.Name, p.Edition)
	}
	return text.String() + "the rows"
}

func showPlaces(ctx context.Context, e *env) error {
	db, err := e.openRecords(ctx)
	if err != nil {
		return err
	}
	s, err := db.PlaceSet(ctx, control.PlacesInput(e.c, "").Origin)
	if err != nil {
		return err
	}
	return e.print(s, func() { e.printPlaces(s) })
}

func (e *env) printPlaces(s registry.PlaceSet) {
	fmt.Fprintf(e.out, "set %d of %s rows, made %s by %s of %s\n", s.Revision, s.Origin, s.MadeAt.Format(time.RFC3339),
		s.MadeBy, productsText(s))
	printTable(e.out, table.Row{"kind", "places"}, rowsOf(s.Counts, func(c registry.PlaceCount) table.Row {
		return table.Row{c.Kind, c.Places}
	}), "")
	fmt.Fprintln(e.out, s.Attribution)
}

// refreshPlaces makes a set now, and shows what came of it. A refresh that failed is exit code 3.
func refreshPlaces(ctx context.Context, e *env) error {
	cl, err := e.dialTemporal(ctx)
	if err != nil {
		return err
	}
	h, err := control.StartPlaces(ctx, cl, control.PlacesInput(e.c, e.callerName()))
	if left, err := e.leaveDetached(h, err, ""); left || err != nil {
		return err
	}
	var out workflows.RefreshPlacesResult
	if err := e.sayEnded("refresh of the places", h.Get(ctx, &out)); err != nil {
		return err
	}
	return e.print(out, func() {
		fmt.Fprintf(e.out, "%s: %s\n", out.Outcome, out.Reason)
		if out.Set != nil {
			e.printPlaces(*out.Set)
		}
	})
}
