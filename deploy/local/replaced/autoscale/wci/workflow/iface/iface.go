// Package iface declares what Temporal's server says to auto-scaled workers. Names
// and JSON are those of the module that this one stands in for.
package iface

import (
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
)

// The kinds of provider and algorithm, and how a validation ended.
type (
	ComputeProviderType  string
	ScalingAlgorithmType string
	ValidationResult     string
)

// ValidationResultFailed marks a specification that its provider refused.
const ValidationResultFailed ValidationResult = "failed"

// ComputeProviderSpec says where workers run.
type ComputeProviderSpec struct {
	ProviderType  ComputeProviderType `json:"provider_type,omitempty"`
	Config        *common.Payload     `json:"config,omitempty"`
	NexusEndpoint string              `json:"nexus_endpoint,omitempty"`
}

// ScalingAlgorithmSpec says how many workers run.
type ScalingAlgorithmSpec struct {
	ScalingAlgorithm ScalingAlgorithmType `json:"scaling_algorithm,omitempty"`
	Config           *common.Payload      `json:"config,omitempty"`
}

// ScalingGroupSpec holds for some kinds of task.
type ScalingGroupSpec struct {
	TaskTypes []enums.TaskQueueType `json:"task_types"`
	Compute   ComputeProviderSpec   `json:"compute"`
	Scaling   *ScalingAlgorithmSpec `json:"scaling,omitempty"`
}

// ScalingGroupSpecUpdate changes the fields that its mask names.
type ScalingGroupSpecUpdate struct {
	Spec       ScalingGroupSpec `json:"spec"`
	UpdateMask []string         `json:"update_mask"`
}

// WorkerControllerInstanceSpec holds the groups by name.
type WorkerControllerInstanceSpec struct {
	ScalingGroupSpecs map[string]ScalingGroupSpec `json:"scaling_group_specs"`
}

// ValidationStatus is how the last validation ended.
type ValidationStatus struct {
	LastValidationTime time.Time        `json:"last_validation_time"`
	Status             ValidationResult `json:"status"`
	ErrMessage         string           `json:"err_message,omitempty"`
}

// QueryDescribeWorkerControllerInstanceResponse describes one controller.
type QueryDescribeWorkerControllerInstanceResponse struct {
	Spec             *WorkerControllerInstanceSpec `json:"spec,omitempty"`
	ValidationStatus *ValidationStatus             `json:"validation_state,omitempty"`
}

// UpdateWorkerControllerInstanceResponse describes a controller after a change.
type UpdateWorkerControllerInstanceResponse struct {
	Spec *WorkerControllerInstanceSpec `json:"spec,omitempty"`
}
