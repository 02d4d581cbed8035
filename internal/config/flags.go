package config

import (
	"flag"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// eachField calls do for every field of the struct v that is tagged as a flag, and of
// the structs within it.
func eachField(v reflect.Value, do func(f reflect.StructField, name string, v reflect.Value)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if name, ok := f.Tag.Lookup("flag"); ok {
			do(f, name, v.Field(i))
		} else if f.Type.Kind() == reflect.Struct {
			eachField(v.Field(i), do)
		}
	}
}

// registerFlags declares a flag for every field of c. A default that its type cannot
// hold panics.
func registerFlags(fs *flag.FlagSet, c *Config) {
	eachField(reflect.ValueOf(c).Elem(), func(f reflect.StructField, name string, v reflect.Value) {
		usage := f.Tag.Get("usage")
		switch p := v.Addr().Interface().(type) {
		case *string:
			fs.StringVar(p, name, "", usage)
		case *bool:
			fs.BoolVar(p, name, false, usage)
		case *int:
			fs.IntVar(p, name, 0, usage)
		case *int64:
			fs.Int64Var(p, name, 0, usage)
		case *uint64:
			fs.Uint64Var(p, name, 0, usage)
		case *float64:
			fs.Float64Var(p, name, 0, usage)
		case *time.Duration:
			fs.DurationVar(p, name, 0, usage)
		case flag.Value:
			fs.Var(p, name, usage)
		}
		text, ok := f.Tag.Lookup("default")
		if !ok {
			return
		}
		fl := fs.Lookup(name)
		if err := fl.Value.Set(text); err != nil {
			panic(fmt.Sprintf("default of -%s: %v", name, err))
		}
		fl.DefValue = fl.Value.String()
	})
}

// bounds are the tags that hold a number or a duration, and what they let through; a
// NaN passes none.
var bounds = []struct {
	tag, fault string
	allows     func(v, bound float64) bool
}{
	{"min", "less than", func(v, bound float64) bool { return v >= bound }},
	{"max", "more than", func(v, bound float64) bool { return v <= bound }},
	{"above", "not more than", func(v, bound float64) bool { return v > bound }},
	{"below", "not less than", func(v, bound float64) bool { return v < bound }},
}

// checkTags holds every field of c to its tags: oneof lists the words that it may be,
// min, max, above and below bound a number or a duration.
func checkTags(c *Config, check func(ok bool, name, format string, args ...any)) {
	eachField(reflect.ValueOf(c).Elem(), func(f reflect.StructField, name string, v reflect.Value) {
		if words, ok := f.Tag.Lookup("oneof"); ok {
			check(slices.Contains(strings.Split(words, ","), v.String()), name, "%q is none of %s", v.String(), words)
		}
		for _, b := range bounds {
			if text, ok := f.Tag.Lookup(b.tag); ok {
				check(b.allows(toFloat(v), parseBound(text)), name, "%v is %s %s", v.Interface(), b.fault, text)
			}
		}
	})
}

func toFloat(v reflect.Value) float64 {
	if v.CanFloat() {
		return v.Float()
	}
	return float64(v.Int())
}

// parseBound reads a duration, in nanoseconds, or a number. One that is neither is NaN,
// which allows nothing, so that a test notices.
func parseBound(text string) float64 {
	if d, err := time.ParseDuration(text); err == nil {
		return float64(d)
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return n
	}
	return math.NaN()
}
