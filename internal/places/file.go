package places

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"

	"lfb/internal/lfb"
)

// fileMagic begins a file of places; its last letter is the version of the format.
const fileMagic = "LFBPLACES1"

// fileHead is what comes after the magic and its SHA-256 sum of the rest: lengths.
type fileHead struct{ Meta, Texts, Entries, Units uint32 }

// WriteTo writes the Set: the same Set gives the same bytes. After the magic and the SHA-256 of
// what follows come the lengths, Meta as JSON, the texts, entries and units, little-endian.
func (s *Set) WriteTo(w io.Writer) (int64, error) {
	meta, err := json.Marshal(s.Meta)
	if err != nil {
		return 0, err
	}
	var body bytes.Buffer
	head := fileHead{uint32(len(meta)), uint32(len(s.text)), uint32(len(s.entries)), uint32(len(s.units))}
	must := func(err error) { // a buffer takes all that has a fixed size
		if err != nil {
			panic(err)
		}
	}
	must(binary.Write(&body, binary.LittleEndian, head))
	body.Write(meta)
	for _, t := range s.text {
		body.Write(binary.AppendUvarint(nil, uint64(len(t))))
		body.WriteString(t)
	}
	must(binary.Write(&body, binary.LittleEndian, s.entries))
	must(binary.Write(&body, binary.LittleEndian, s.units))
	sum := sha256.Sum256(body.Bytes())
	n, err := w.Write(append([]byte(fileMagic), sum[:]...))
	if err != nil {
		return int64(n), err
	}
	m, err := body.WriteTo(w)
	return int64(n) + m, err
}

// Open reads a file that WriteTo wrote. One that is torn, or of another version, is lfb.ErrInvalid.
func Open(path string) (*Set, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := decodeFile(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func decodeFile(data []byte) (*Set, error) {
	start := len(fileMagic) + sha256.Size
	if len(data) < start || string(data[:len(fileMagic)]) != fileMagic {
		return nil, fmt.Errorf("no file of places of this version: %w", lfb.ErrInvalid)
	}
	if sum := sha256.Sum256(data[start:]); !bytes.Equal(sum[:], data[len(fileMagic):start]) {
		return nil, fmt.Errorf("a file of places whose sum is wrong: %w", lfb.ErrInvalid)
	}
	s, err := decodeBody(data[start:])
	if err != nil {
		return nil, fmt.Errorf("a file of places: %w: %w", err, lfb.ErrInvalid)
	}
	s.indexNames()
	return s, nil
}

func decodeBody(body []byte) (*Set, error) {
	r := bufio.NewReader(bytes.NewReader(body))
	var head fileHead
	if err := binary.Read(r, binary.LittleEndian, &head); err != nil {
		return nil, err
	}
	if int(max(head.Meta, head.Texts, head.Entries, head.Units)) > len(body) {
		return nil, fmt.Errorf("lengths %v of %d bytes", head, len(body))
	}
	s := &Set{text: make([]string, head.Texts), entries: make([]entry, head.Entries), units: make([]unit, head.Units)}
	meta := make([]byte, head.Meta)
	if _, err := io.ReadFull(r, meta); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(meta, &s.Meta); err != nil {
		return nil, err
	}
	for i := range s.text {
		n, err := binary.ReadUvarint(r)
		if err != nil || n > math.MaxUint16 {
			return nil, fmt.Errorf("text %d of %d bytes: %w", i, n, err)
		}
		text := make([]byte, n)
		if _, err := io.ReadFull(r, text); err != nil {
			return nil, err
		}
		s.text[i] = string(text)
	}
	if err := binary.Read(r, binary.LittleEndian, s.entries); err != nil {
		return nil, err
	}
	if err := binary.Read(r, binary.LittleEndian, s.units); err != nil {
		return nil, err
	}
	for i, e := range s.entries {
		if max(e.Name, e.In, e.District, e.Code) >= head.Texts || e.Kind == 0 || e.Kind > Coordinates {
			return nil, fmt.Errorf("entry %d is none", i)
		}
	}
	return s, nil
}
