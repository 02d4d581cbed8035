package control

import (
	"context"
	"fmt"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// maxNote is how long a note may be, in bytes.
const maxNote = 4000

// Notes keeps what people write beside versions and alarms.
type Notes interface {
	registry.VersionNotes
	AcknowledgeAlarm(ctx context.Context, line, name string, episode int64, a registry.Acknowledgement) error
}

// AddNote writes a person's words beside a version; lfb.ErrNotFound where there is none.
func (c *Control) AddNote(ctx context.Context, by Actor, line, version, text string) error {
	text, err := checkNote(text)
	if err != nil {
		return err
	}
	if _, err := c.records.Version(ctx, line, version); err != nil {
		return err
	}
	return c.audit(ctx, by, "note", line+" "+version, text, func() error {
		return c.records.SaveVersionNote(ctx, registry.VersionNote{
			Line: line, Version: version, At: c.now().UTC(), Who: by.Name, Text: text,
		})
	})
}

// AcknowledgeAlarm notes that somebody has seen an open alarm, and what they say of it;
// lfb.ErrNotFound where that episode is not open.
func (c *Control) AcknowledgeAlarm(ctx context.Context, by Actor, line, name string, episode int64,
	note string,
) error {
	note, err := checkNote(note)
	if err != nil {
		return err
	}
	return c.audit(ctx, by, "acknowledge alarm", fmt.Sprintf("%s %s %d", line, name, episode), note, func() error {
		return c.records.AcknowledgeAlarm(ctx, line, name, episode, registry.Acknowledgement{
			Who: by.Name, Note: note, At: c.now().UTC(),
		})
	})
}

func checkNote(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxNote {
		return "", fmt.Errorf("a note of 1 to %d letters is needed: %w", maxNote, lfb.ErrInvalid)
	}
	return text, nil
}
