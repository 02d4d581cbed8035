package verb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"lfb/internal/app"
	"lfb/internal/ask"
	"lfb/internal/lfb"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
)

// askQuestion answers what a caller says, as the Ask page does.
func askQuestion(ctx context.Context, e *env) error {
	f := ask.Form{Where: strings.Join(e.args, " ")}
	if f.Where == "" {
		return errors.New("ask needs a place: " + program() + ` ask "kitchen fire near Brixton station"`)
	}
	a, err := app.Ask(ctx, e.c, e.callerName(), f, e.log)
	if refused := (*serve.Refusal)(nil); errors.As(err, &refused) {
		return errors.New(warning.RefusalText(refused))
	}
	if errors.Is(err, lfb.ErrInvalid) {
		return errors.New(lfb.Plain(err))
	}
	if err != nil {
		return err
	}
	return e.print(a, func() { fmt.Fprint(e.out, a.FormatLines()) })
}
