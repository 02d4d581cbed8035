package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// keptEvery is how often a file is told that what it has was read again: by so much its age may be overstated.
const keptEvery = time.Minute

// keptAvailability is what stands on disk of who is out.
type keptAvailability struct {
	Setting registry.Setting `json:"setting"`
	ReadAt  time.Time        `json:"read_at"`
}

// KeepIn has a keep what it reads in a file, and start from what that has: an api that starts while the database is
// away answers as it did before, and says since when it knows no better. What has expired stays so.
func (a *Availability) KeepIn(path string) {
	a.path = path
	k, err := readKeptAvailability(path)
	if err == nil {
		err = a.applySetting(k.Setting)
	}
	switch {
	case err == nil:
		a.read.Store(k.ReadAt.UnixNano())
		a.kept = k.ReadAt
	case !errors.Is(err, fs.ErrNotExist):
		a.log.Warn("availability kept on disk unusable", zap.Error(err))
	}
}

func readKeptAvailability(path string) (k keptAvailability, err error) {
	text, err := os.ReadFile(path)
	if err == nil {
		if err = json.Unmarshal(text, &k); err != nil {
			err = fmt.Errorf("%s: %w: %w", path, err, lfb.ErrInvalid)
		}
	}
	return k, err
}

// saveToDisk writes what was read at a moment: where it is another than before, or the file's age would be overstated.
func (a *Availability) saveToDisk(s registry.Setting, at time.Time, other bool) {
	a.disk.Lock()
	defer a.disk.Unlock()
	if a.path == "" || !other && at.Sub(a.kept) < keptEvery {
		return
	}
	text, err := json.Marshal(keptAvailability{s, at.UTC()})
	if err == nil {
		err = os.MkdirAll(filepath.Dir(a.path), 0o700)
	}
	if err == nil {
		err = replaceFile(a.path, text)
	}
	if err != nil {
		a.log.Warn("availability not kept on disk", zap.Error(err))
	}
	a.kept = at // a disk that is full is not asked four times a second
}
