// Command cel_go prints what `engine_bench cel` prints, of cel-go: each expression is compiled
// once, with the optimiser on, and evaluated N times.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"syscall"

	"github.com/google/cel-go/cel"
	"google.golang.org/protobuf/types/known/structpb"
)

const repetitions = 5

type file struct {
	Variables   map[string]any `json:"variables"`
	Expressions []string       `json:"expressions"`
}

// JSON's numbers as a caller of cel-go gives them: whole ones as int64.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			value[name] = plain(member)
		}
	case []any:
		for i, item := range value {
			value[i] = plain(item)
		}
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole
		}
		fraction, _ := value.Float64()
		return fraction
	}
	return value
}

func read(path string) file {
	reader, err := os.Open(path)
	check(err)
	defer reader.Close()
	decoder := json.NewDecoder(reader)
	decoder.UseNumber()
	var content file
	check(decoder.Decode(&content))
	plain(content.Variables)
	return content
}

func cpuNanoseconds() int64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	content := read(os.Args[1])
	count, err := strconv.Atoi(os.Args[2])
	check(err)
	var declarations []cel.EnvOption
	for name := range content.Variables {
		declarations = append(declarations, cel.Variable(name, cel.DynType))
	}
	env, err := cel.NewEnv(declarations...)
	check(err)
	for _, expression := range content.Expressions {
		ast, issues := env.Compile(expression)
		check(issues.Err())
		program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
		check(err)
		least := int64(1) << 62
		for repetition := 0; repetition < repetitions; repetition++ {
			before := cpuNanoseconds()
			for i := 0; i < count; i++ {
				_, _, err = program.Eval(content.Variables)
			}
			check(err)
			if spent := cpuNanoseconds() - before; spent < least {
				least = spent
			}
		}
		value, _, err := program.Eval(content.Variables)
		check(err)
		native, err := value.ConvertToNative(reflect.TypeOf(&structpb.Value{}))
		check(err)
		text, err := native.(*structpb.Value).MarshalJSON()
		check(err)
		fmt.Printf("{\"ns\":%.1f,\"value\":%s}\n", float64(least)/float64(count), text)
	}
}
