package workflows

import (
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"lfb/activities"
)

// fitAll fits the inputs in parallel and tells of each when it begins and when it
// ends. One that is made of others begins when those have ended: a worker that is
// free sooner would fit all of them a second time. The dear ones begin when the baselines
// have ended: priorities order what lies in the queue, and what finds a free worker does
// not lie there.
func fitAll(ctx workflow.Context, inputs []activities.TrainInput, began func(i int),
	ended func(i int, f workflow.Future),
) {
	waits := membersToAwait(inputs)
	if workflow.GetVersion(ctx, changeBaselinesFirst, workflow.DefaultVersion, 1) >= 1 {
		awaitBaselines(inputs, waits)
	}
	sel := workflow.NewSelector(ctx)
	open := 0
	var start func(i int)
	start = func(i int) {
		open++
		began(i)
		fctx := workflow.WithPriority(withActivityOptions(ctx, fitClass, inputs[i].Candidate),
			temporal.Priority{PriorityKey: activities.Priority(inputs[i])})
		sel.AddFuture(startFit(fctx, inputs[i]), func(f workflow.Future) {
			open--
			ended(i, f)
			for k, names := range waits {
				if slices.Contains(names, inputs[i].Candidate) {
					if waits[k] = removeName(names, inputs[i].Candidate); len(waits[k]) == 0 {
						start(k)
					}
				}
			}
		})
	}
	for i := range inputs {
		if len(waits[i]) == 0 {
			start(i)
		}
	}
	for open > 0 {
		sel.Select(ctx)
	}
}

// membersToAwait is, by input, the candidates among the inputs that it is made of.
func membersToAwait(inputs []activities.TrainInput) [][]string {
	waits := make([][]string, len(inputs))
	for i, in := range inputs {
		for _, name := range activities.Members(in) {
			if slices.ContainsFunc(inputs, func(o activities.TrainInput) bool { return o.Candidate == name }) {
				waits[i] = append(waits[i], name)
			}
		}
	}
	return waits
}

// changeBaselinesFirst names, in histories, the change by which dear fits await the baselines.
const changeBaselinesFirst = "baselines-first"

// awaitBaselines has those whose fit may take minutes wait for the baselines, too. The
// others need not: they are queued with the baselines, and so before the dear ones.
func awaitBaselines(inputs []activities.TrainInput, waits [][]string) {
	var baselines []string
	for _, in := range inputs {
		if activities.IsBaseline(in.CatalogName()) {
			baselines = append(baselines, in.Candidate)
		}
	}
	for i, in := range inputs {
		if activities.Priority(in) >= 3 {
			waits[i] = append(waits[i], baselines...)
		}
	}
}

func removeName(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
}
