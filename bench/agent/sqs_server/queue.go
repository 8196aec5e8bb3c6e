package main

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// queue holds one body and how many messages of it wait. Every receive takes new ids, so
// that consumers which de-duplicate see distinct messages; nothing is ever redelivered.
type queue struct {
	lock      sync.Mutex
	body      []byte // as a JSON string
	digest    string
	attribute []byte // MessageAttributes as JSON, or nil
	waiting   int
	serial    int
	received  int
	deleted   int
	sent      map[int]time.Time // messages sent one by one, for their latency
	latencies []int64
	arrived   chan struct{} // closed and made anew when messages arrive
}

func newQueue() *queue {
	q := &queue{sent: map[int]time.Time{}, arrived: make(chan struct{})}
	q.template("{}", nil)
	return q
}

func (q *queue) template(body string, attributes json.RawMessage) {
	q.body, _ = json.Marshal(body)
	sum := md5.Sum([]byte(body))
	q.digest = hex.EncodeToString(sum[:])
	q.attribute = attributes
}

func (q *queue) supply(count int) {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.waiting += count
	q.announce()
}

// send makes the body the template of all messages, adds one, and returns its digest.
func (q *queue) send(body string, attributes json.RawMessage) string {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.template(body, attributes)
	q.waiting++
	q.sent[q.serial+q.waiting] = time.Now()
	q.announce()
	return q.digest
}

func (q *queue) announce() {
	close(q.arrived)
	q.arrived = make(chan struct{})
}

// receive waits up to the given time for the first message and takes up to most.
func (q *queue) receive(most int, wait time.Duration, gone <-chan struct{}) []byte {
	deadline := time.After(wait)
	for {
		q.lock.Lock()
		if q.waiting > 0 {
			defer q.lock.Unlock()
			return q.take(min(most, q.waiting))
		}
		arrived := q.arrived
		q.lock.Unlock()
		select {
		case <-arrived:
		case <-deadline:
			return []byte("{}")
		case <-gone:
			return []byte("{}")
		}
	}
}

func (q *queue) take(count int) []byte {
	q.waiting -= count
	q.received += count
	sent := time.Now().UnixMilli()
	reply := append(make([]byte, 0, count*(len(q.body)+400)), `{"Messages":[`...)
	for i := range count {
		q.serial++
		if i > 0 {
			reply = append(reply, ',')
		}
		reply = fmt.Appendf(reply, `{"MessageId":"00000000-0000-0000-0000-%012d","ReceiptHandle":"%d",`+
			`"MD5OfBody":"%s","Attributes":{"SentTimestamp":"%d","ApproximateReceiveCount":"1",`+
			`"ApproximateFirstReceiveTimestamp":"%d"},`, q.serial, q.serial, q.digest, sent, sent)
		if q.attribute != nil {
			reply = fmt.Appendf(reply, `"MessageAttributes":%s,`, q.attribute)
		}
		reply = append(append(append(reply, `"Body":`...), q.body...), '}')
	}
	return append(reply, `]}`...)
}

func (q *queue) remove(handles ...string) {
	q.lock.Lock()
	defer q.lock.Unlock()
	for _, handle := range handles {
		q.deleted++
		serial, _ := strconv.Atoi(handle)
		if sent, ok := q.sent[serial]; ok {
			q.latencies = append(q.latencies, time.Since(sent).Microseconds())
			delete(q.sent, serial)
		}
	}
}

func (q *queue) counts() (received, deleted int, latencies []int64) {
	q.lock.Lock()
	defer q.lock.Unlock()
	return q.received, q.deleted, append([]int64{}, q.latencies...)
}
