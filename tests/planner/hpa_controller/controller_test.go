// Runs courses of a backlog through the HPA controller's own code, in time that does not pass.
//
// A synctest bubble gives the controller a clock of its own, which jumps to the next timer as
// soon as everything waits; twenty minutes take milliseconds. The API, the scale subresource and
// the metric are fakes, and cost some milliseconds each, so that syncs come a little later than
// every 15 s, as in a cluster.
//
// COURSES names the file to read, RESULTS the one to write.
package hpa_controller

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"sort"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	scalefake "k8s.io/client-go/scale/fake"
	core "k8s.io/client-go/testing"
	autoscalingapi "k8s.io/kubernetes/pkg/apis/autoscaling"
	conversion "k8s.io/kubernetes/pkg/apis/autoscaling/v2"
	"k8s.io/kubernetes/pkg/apis/autoscaling/validation"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
)

const (
	queryTime = 8 * time.Millisecond
	writeTime = 4 * time.Millisecond
)

// A step holds from a millisecond on; without a value the queue cannot be read.
type step struct {
	AtMs  int64  `json:"at_ms"`
	Value *int64 `json:"value"`
}

type course struct {
	Min      int32                                          `json:"min"`
	Max      int32                                          `json:"max"`
	Target   int64                                          `json:"target"`
	Behavior *autoscalingv2.HorizontalPodAutoscalerBehavior `json:"behavior"`
	Initial  int64                                          `json:"initial"`
	Backlog  []step                                         `json:"backlog"`
	// What KEDA writes past the HPA: from and to zero.
	Writes   []step     `json:"writes"`
	UntilMs  int64      `json:"until_ms"`
	Replicas [][2]int64 `json:"replicas"`
}

type externalMetric struct {
	metrics.MetricsClient
	start   time.Time
	backlog []step
}

func (m *externalMetric) GetExternalMetric(string, string, labels.Selector) ([]int64, time.Time, error) {
	time.Sleep(queryTime)
	now := time.Since(m.start).Milliseconds()
	next := sort.Search(len(m.backlog), func(i int) bool { return m.backlog[i].AtMs > now })
	if next == 0 {
		return []int64{0}, time.Now(), nil
	}
	if m.backlog[next-1].Value == nil {
		return nil, time.Now(), errors.New("the queue cannot be read")
	}
	return []int64{*m.backlog[next-1].Value * 1000}, time.Now(), nil
}

// A fleet whose pods follow its spec at once, and who notes every change.
type fleet struct {
	sync.Mutex
	start  time.Time
	course *course
	now    int64
}

func (f *fleet) scaleTo(replicas int64) {
	f.Lock()
	defer f.Unlock()
	if replicas != f.now {
		f.now = replicas
		at := time.Since(f.start).Milliseconds()
		f.course.Replicas = append(f.course.Replicas, [2]int64{at, replicas})
	}
}

func (f *fleet) client() *scalefake.FakeScaleClient {
	client := &scalefake.FakeScaleClient{}
	client.AddReactor("get", "deployments", func(core.Action) (bool, runtime.Object, error) {
		f.Lock()
		defer f.Unlock()
		return true, &autoscalingv1.Scale{
			ObjectMeta: metav1.ObjectMeta{Name: "fleet", Namespace: "default"},
			Spec:       autoscalingv1.ScaleSpec{Replicas: int32(f.now)},
			Status:     autoscalingv1.ScaleStatus{Replicas: int32(f.now), Selector: "app=fleet"},
		}, nil
	})
	client.AddReactor("update", "deployments", func(action core.Action) (bool, runtime.Object, error) {
		time.Sleep(writeTime)
		scale := action.(core.UpdateAction).GetObject().(*autoscalingv1.Scale)
		f.scaleTo(int64(scale.Spec.Replicas))
		return true, scale, nil
	})
	return client
}

// The HPA as the API server stores it: defaults filled in, validated.
func (c *course) autoscaler(t *testing.T) *autoscalingv2.HorizontalPodAutoscaler {
	hpa := &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Name: "fleet", Namespace: "default", ResourceVersion: "1"},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{
				Kind: "Deployment", Name: "fleet", APIVersion: "apps/v1",
			},
			MinReplicas: &c.Min,
			MaxReplicas: c.Max,
			Behavior:    c.Behavior,
			Metrics: []autoscalingv2.MetricSpec{{
				Type: autoscalingv2.ExternalMetricSourceType,
				External: &autoscalingv2.ExternalMetricSource{
					Metric: autoscalingv2.MetricIdentifier{Name: "backlog", Selector: &metav1.LabelSelector{}},
					Target: autoscalingv2.MetricTarget{
						Type:         autoscalingv2.AverageValueMetricType,
						AverageValue: resource.NewQuantity(c.Target, resource.DecimalSI),
					},
				},
			}},
		},
	}
	conversion.SetObjectDefaults_HorizontalPodAutoscaler(hpa)
	internal := &autoscalingapi.HorizontalPodAutoscaler{}
	if err := conversion.Convert_v2_HorizontalPodAutoscaler_To_autoscaling_HorizontalPodAutoscaler(hpa, internal, nil); err != nil {
		t.Fatal(err)
	}
	options := validation.HorizontalPodAutoscalerSpecValidationOptions{MinReplicasLowerBound: 1}
	if errs := validation.ValidateHorizontalPodAutoscaler(internal, options); len(errs) > 0 {
		t.Fatal(errs)
	}
	return hpa
}

func (c *course) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	start := time.Now()
	sleepUntil := func(ms int64) {
		time.Sleep(time.Until(start.Add(time.Duration(ms) * time.Millisecond)))
	}
	fleet := &fleet{start: start, course: c, now: c.Initial}
	c.Replicas = [][2]int64{{0, c.Initial}}
	client := fake.NewSimpleClientset(c.autoscaler(t))
	factory := informers.NewSharedInformerFactory(client, controller.NoResyncPeriodFunc())
	mapper := apimeta.NewDefaultRESTMapper([]schema.GroupVersion{{Group: "apps", Version: "v1"}})
	deployment := schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}
	mapper.Add(deployment, apimeta.RESTScopeNamespace)
	hpas := podautoscaler.NewHorizontalController(
		ctx, client.CoreV1(), fleet.client(), client.AutoscalingV2(), mapper,
		&externalMetric{start: start, backlog: c.Backlog},
		factory.Autoscaling().V2().HorizontalPodAutoscalers(), factory.Core().V1().Pods(),
		// kube-controller-manager's defaults
		15*time.Second, 300*time.Second, 0.1, 300*time.Second, 30*time.Second,
	)
	factory.Start(ctx.Done())
	var running sync.WaitGroup
	running.Go(func() { hpas.Run(ctx, 1) })
	for _, write := range c.Writes {
		sleepUntil(write.AtMs)
		fleet.scaleTo(*write.Value)
	}
	sleepUntil(c.UntilMs)
	cancel()
	factory.Shutdown()
	running.Wait()
	time.Sleep(time.Minute) // what still waits in a queue sees that it is over
}

func TestCourses(t *testing.T) {
	utilruntime.ErrorHandlers = nil // they wait by a clock that all bubbles would share
	text, err := os.ReadFile(os.Getenv("COURSES"))
	if err != nil {
		t.Fatal(err)
	}
	var courses []*course
	if err := json.Unmarshal(text, &courses); err != nil {
		t.Fatal(err)
	}
	results := make([][][2]int64, len(courses))
	for i, course := range courses {
		synctest.Test(t, course.run)
		results[i] = course.Replicas
	}
	text, err = json.Marshal(results)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(os.Getenv("RESULTS"), text, 0o644); err != nil {
		t.Fatal(err)
	}
}
