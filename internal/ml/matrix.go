package ml

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"

	"lfb/internal/lfb"
)

// Column describes one feature.
type Column struct {
	Name string `json:"name"` // no spaces: LightGBM's text format forbids them
	// Categories is the number of categories of a categorical column, whose
	// values are the codes 0 … Categories-1; 0 for a numeric column. A missing
	// or unseen category is NaN.
	Categories int `json:"categories,omitempty"`
	// Monotone is +1 where a larger value must not shorten the time, -1 where it
	// must not lengthen it, 0 where nothing is asked.
	Monotone int `json:"monotone,omitempty"`
	// Role is what the column means to an estimator that looks for it.
	Role string `json:"role,omitempty"`
}

// Roles of columns that an estimator may look for by role, not by name.
const (
	RoleGround = "ground" // categorical: the station ground
	RolePump   = "pump"   // numeric: 1 first engine, 2 second
)

// IsCategorical reports whether the column holds category codes.
func (c Column) IsCategorical() bool { return c.Categories > 0 }

// Schema is the ordered list of a Matrix's columns.
type Schema struct {
	Columns []Column `json:"columns"`
}

// Width is the number of columns.
func (s *Schema) Width() int { return len(s.Columns) }

// Index returns the position of the column called name, or -1.
func (s *Schema) Index(name string) int {
	for j, c := range s.Columns {
		if c.Name == name {
			return j
		}
	}
	return -1
}

// WithRole returns the position of the first column with the role, or -1.
func (s *Schema) WithRole(role string) int {
	for j, c := range s.Columns {
		if c.Role == role {
			return j
		}
	}
	return -1
}

// Hash identifies the schema: the SHA-256 of its JSON, in hex.
func (s *Schema) Hash() string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // plain strings and integers always encode
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Matrix holds rows × columns of float64, column by column; missing is NaN. It
// is a view: Slice shares memory with its parent. With one row, Row returns the
// features without a copy.
type Matrix struct {
	schema *Schema
	rows   int
	stride int
	data   []float64 // element (i, j) is data[j*stride+i]
}

// NewMatrix returns a rows × schema.Width() matrix of zeros.
func NewMatrix(schema *Schema, rows int) Matrix {
	return Matrix{schema: schema, rows: rows, stride: rows, data: make([]float64, rows*schema.Width())}
}

// MatrixOf wraps data, which is laid out column by column and holds exactly
// rows × schema.Width() values, without copying. Other lengths panic.
func MatrixOf(schema *Schema, rows int, data []float64) Matrix {
	if len(data) != rows*schema.Width() {
		panic(fmt.Sprintf("ml: %d values for %d rows × %d columns", len(data), rows, schema.Width()))
	}
	return Matrix{schema: schema, rows: rows, stride: rows, data: data}
}

// Rows is the number of rows.
func (m Matrix) Rows() int { return m.rows }

// Schema describes the columns.
func (m Matrix) Schema() *Schema { return m.schema }

// Width is the number of columns.
func (m Matrix) Width() int {
	if m.schema == nil {
		return 0
	}
	return len(m.schema.Columns)
}

// Col is column j: one value a row, sharing m's memory.
func (m Matrix) Col(j int) []float64 {
	lo := j * m.stride
	return m.data[lo : lo+m.rows : lo+m.rows]
}

// At is the value at row i, column j.
func (m Matrix) At(i, j int) float64 { return m.data[j*m.stride+i] }

// Row copies row i into dst, which holds Width values, and returns it. A matrix
// of one row returns its own memory and leaves dst alone: do not write to it.
func (m Matrix) Row(dst []float64, i int) []float64 {
	if m.stride == 1 {
		return m.data
	}
	for j := range dst {
		dst[j] = m.data[j*m.stride+i]
	}
	return dst
}

// Slice is the view of rows lo ≤ i < hi.
func (m Matrix) Slice(lo, hi int) Matrix {
	if lo < 0 || hi < lo || hi > m.rows {
		panic(fmt.Sprintf("ml: slice [%d:%d] of %d rows", lo, hi, m.rows))
	}
	out := m
	out.rows = hi - lo
	if out.rows > 0 {
		out.data = m.data[lo:]
	}
	return out
}

// NarrowTo returns the view of the first columns, which are those of schema. A wider
// schema panics.
func (m Matrix) NarrowTo(schema *Schema) Matrix {
	if schema.Width() > m.Width() {
		panic(fmt.Sprintf("ml: %d columns of a matrix of %d", schema.Width(), m.Width()))
	}
	out := m
	out.schema = schema
	if m.stride == 1 { // Row gives a single row's memory away whole
		out.data = m.data[:schema.Width():schema.Width()]
	}
	return out
}

// Select copies the rows named by index into a new matrix, in that order.
func (m Matrix) Select(index []int) Matrix {
	out := NewMatrix(m.schema, len(index))
	for j := range m.Width() {
		src, dst := m.Col(j), out.Col(j)
		for k, i := range index {
			dst[k] = src[i]
		}
	}
	return out
}

// Set is a matrix with its target, one value a row, in seconds.
type Set struct {
	X Matrix
	Y []float64
}

// Slice is the view of rows lo ≤ i < hi.
func (s Set) Slice(lo, hi int) Set { return Set{X: s.X.Slice(lo, hi), Y: s.Y[lo:hi]} }

// Select copies the rows named by index.
func (s Set) Select(index []int) Set {
	y := make([]float64, len(index))
	for k, i := range index {
		y[k] = s.Y[i]
	}
	return Set{X: s.X.Select(index), Y: y}
}

// Check returns lfb.ErrInvalid where the set cannot be learned from: no rows,
// no columns, a length that disagrees, a target or a feature that is ±Inf, a
// target that is NaN, a category code that is not a whole number in range.
func (s Set) Check() error {
	if s.X.Rows() == 0 || s.X.Width() == 0 {
		return fmt.Errorf("set of %d rows × %d columns: %w", s.X.Rows(), s.X.Width(), lfb.ErrInvalid)
	}
	if len(s.Y) != s.X.Rows() {
		return fmt.Errorf("%d targets for %d rows: %w", len(s.Y), s.X.Rows(), lfb.ErrInvalid)
	}
	for i, y := range s.Y {
		if math.IsNaN(y) || math.IsInf(y, 0) {
			return fmt.Errorf("row %d: target %v: %w", i, y, lfb.ErrInvalid)
		}
	}
	return s.X.Check()
}

// Check returns lfb.ErrInvalid naming the first value that no model may see:
// ±Inf, or a category code that is not a whole number in 0 … Categories-1.
func (m Matrix) Check() error {
	for j, c := range m.schema.Columns {
		limit := float64(c.Categories)
		for i, v := range m.Col(j) {
			if math.IsInf(v, 0) {
				return fmt.Errorf("row %d: column %s: %v: %w", i, c.Name, v, lfb.ErrInvalid)
			}
			if c.Categories > 0 && !math.IsNaN(v) && (v < 0 || v >= limit || v != math.Trunc(v)) {
				return fmt.Errorf("row %d: column %s: category %v of %d: %w", i, c.Name, v, c.Categories, lfb.ErrInvalid)
			}
		}
	}
	return nil
}

// CheckWidth returns lfb.ErrInvalid where x does not have the columns that a
// model was trained on: every Predict starts with it.
func CheckWidth(want *Schema, x Matrix) error {
	if x.Width() != want.Width() {
		return fmt.Errorf("%d columns for a model of %d: %w", x.Width(), want.Width(), lfb.ErrInvalid)
	}
	return nil
}
