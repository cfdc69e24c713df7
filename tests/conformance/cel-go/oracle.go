// The oracle reads a line {"expr": text, "bindings": {name: typed value}} at a time and answers
// each with a line: cel-go's typed value (core/cel/typed_json.h), or {"error": text}. Nothing is
// type-checked before it is evaluated, as in xorca.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/ext"
)

type typed struct {
	Type  string `json:"type"`
	Value any    `json:"value"`
}

func fromTyped(raw json.RawMessage) (ref.Val, error) {
	var t struct {
		Type  string          `json:"type"`
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, err
	}
	var text string
	json.Unmarshal(t.Value, &text)
	switch t.Type {
	case "null_type":
		return types.NullValue, nil
	case "bool":
		return types.Bool(string(t.Value) == "true"), nil
	case "int":
		n, err := strconv.ParseInt(text, 10, 64)
		return types.Int(n), err
	case "uint":
		n, err := strconv.ParseUint(text, 10, 64)
		return types.Uint(n), err
	case "double":
		if text == "" {
			text = string(t.Value)
		}
		n, err := strconv.ParseFloat(text, 64)
		return types.Double(n), err
	case "string":
		return types.String(text), nil
	case "bytes":
		b, err := base64.StdEncoding.DecodeString(text)
		return types.Bytes(b), err
	case "timestamp":
		at, err := time.Parse(time.RFC3339Nano, text)
		return types.Timestamp{Time: at}, err
	case "duration":
		d, err := time.ParseDuration(text)
		return types.Duration{Duration: d}, err
	case "list":
		return listFromTyped(t.Value)
	case "map":
		return mapFromTyped(t.Value)
	}
	return nil, fmt.Errorf("unknown type %q", t.Type)
}

func listFromTyped(raw json.RawMessage) (ref.Val, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, err
	}
	values := make([]ref.Val, len(items))
	for i, item := range items {
		value, err := fromTyped(item)
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return types.DefaultTypeAdapter.NativeToValue(values), nil
}

func mapFromTyped(raw json.RawMessage) (ref.Val, error) {
	var pairs [][2]json.RawMessage
	if err := json.Unmarshal(raw, &pairs); err != nil {
		return nil, err
	}
	values := make(map[ref.Val]ref.Val, len(pairs))
	for _, pair := range pairs {
		key, err := fromTyped(pair[0])
		if err != nil {
			return nil, err
		}
		if values[key], err = fromTyped(pair[1]); err != nil {
			return nil, err
		}
	}
	return types.DefaultTypeAdapter.NativeToValue(values), nil
}

func doubleToTyped(number float64) any {
	switch {
	case math.IsNaN(number):
		return "NaN"
	case math.IsInf(number, 1):
		return "Infinity"
	case math.IsInf(number, -1):
		return "-Infinity"
	}
	return json.Number(strconv.FormatFloat(number, 'g', -1, 64))
}

func durationText(d time.Duration) string {
	return strconv.FormatInt(int64(d), 10)
}

func toTyped(value ref.Val) (any, error) {
	switch v := value.(type) {
	case types.Null:
		return typed{"null_type", nil}, nil
	case types.Bool:
		return typed{"bool", bool(v)}, nil
	case types.Int:
		return typed{"int", strconv.FormatInt(int64(v), 10)}, nil
	case types.Uint:
		return typed{"uint", strconv.FormatUint(uint64(v), 10)}, nil
	case types.Double:
		return typed{"double", doubleToTyped(float64(v))}, nil
	case types.String:
		return typed{"string", string(v)}, nil
	case types.Bytes:
		return typed{"bytes", base64.StdEncoding.EncodeToString(v)}, nil
	case types.Timestamp:
		return typed{"timestamp", v.UTC().Format(time.RFC3339Nano)}, nil
	case types.Duration:
		return typed{"duration", durationText(v.Duration)}, nil
	case *types.Optional:
		if !v.HasValue() {
			return typed{"optional_type", nil}, nil
		}
		inner, err := toTyped(v.GetValue())
		return typed{"optional_type", inner}, err
	case traits.Mapper:
		return mapToTyped(v)
	case traits.Lister:
		return listToTyped(v)
	case ref.Type:
		return typed{"type", v.TypeName()}, nil
	}
	return nil, fmt.Errorf("a value of type %s has no typed form", value.Type().TypeName())
}

func listToTyped(list traits.Lister) (any, error) {
	items := []any{}
	for it := list.Iterator(); it.HasNext() == types.True; {
		item, err := toTyped(it.Next())
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return typed{"list", items}, nil
}

func mapToTyped(m traits.Mapper) (any, error) {
	pairs := [][2]any{}
	for it := m.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		typedKey, err := toTyped(key)
		if err != nil {
			return nil, err
		}
		typedValue, err := toTyped(m.Get(key))
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, [2]any{typedKey, typedValue})
	}
	return typed{"map", pairs}, nil
}

func evaluate(env *cel.Env, line []byte) (any, error) {
	var request struct {
		Expr     string                     `json:"expr"`
		Bindings map[string]json.RawMessage `json:"bindings"`
	}
	if err := json.Unmarshal(line, &request); err != nil {
		return nil, err
	}
	variables := map[string]any{}
	for name, raw := range request.Bindings {
		value, err := fromTyped(raw)
		if err != nil {
			return nil, fmt.Errorf("bindings: %s: %w", name, err)
		}
		variables[name] = value
	}
	ast, issues := env.Parse(request.Expr)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	program, err := env.Program(ast)
	if err != nil {
		return nil, err
	}
	value, _, err := program.Eval(variables)
	if err != nil {
		return nil, err
	}
	return toTyped(value)
}

// What cel-go panics on is an error of the line, so that the others are answered.
func answer(env *cel.Env, line []byte) (out any) {
	defer func() {
		if panicked := recover(); panicked != nil {
			out = map[string]string{"error": fmt.Sprintf("panic: %v", panicked)}
		}
	}()
	value, err := evaluate(env, line)
	if err != nil {
		return map[string]string{"error": err.Error()}
	}
	return value
}

func main() {
	env, err := cel.NewEnv(
		cel.OptionalTypes(cel.OptionalTypesVersion(2)), cel.EnableErrorOnBadPresenceTest(true),
		ext.Strings(ext.StringsVersion(4)), ext.Math(), ext.Lists(), ext.Sets(),
		ext.Encoders(), ext.Bindings(), ext.TwoVarComprehensions(),
		cel.DefaultUTCTimeZone(true))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for in.Scan() {
		if err := encoder.Encode(answer(env, in.Bytes())); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
}
