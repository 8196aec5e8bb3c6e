package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

type service struct {
	queue    *queue
	scheme   string
	lock     sync.Mutex
	requests map[string]int

	firstReceive atomic.Int64 // milliseconds since the epoch, 0 before it
}

type entry struct {
	Id                string
	ReceiptHandle     string
	MessageBody       string
	MessageAttributes json.RawMessage
}

type request struct {
	MaxNumberOfMessages int
	WaitTimeSeconds     int
	QueueName           string
	Entries             []entry
	entry
}

func (s *service) count(action string) {
	s.lock.Lock()
	s.requests[action]++
	s.lock.Unlock()
}

func (s *service) reply(action string, request *request, r *http.Request) ([]byte, bool) {
	switch action {
	case "ReceiveMessage":
		wait := time.Duration(request.WaitTimeSeconds) * time.Second
		return s.queue.receive(max(1, request.MaxNumberOfMessages), wait, r.Context().Done()), true
	case "DeleteMessage":
		s.queue.remove(request.ReceiptHandle)
		return []byte("{}"), true
	case "DeleteMessageBatch":
		return s.deleteBatch(request.Entries), true
	case "ChangeMessageVisibility":
		return []byte("{}"), true
	case "ChangeMessageVisibilityBatch":
		return successes(request.Entries), true
	case "SendMessage":
		return s.sendMessage(request.entry), true
	case "GetQueueUrl", "CreateQueue":
		return fmt.Appendf(nil, `{"QueueUrl":"%s://%s/000000000000/%s"}`, s.scheme, r.Host, request.QueueName), true
	case "ListQueues":
		return fmt.Appendf(nil, `{"QueueUrls":["%s://%s/000000000000/bench"]}`, s.scheme, r.Host), true
	case "GetQueueAttributes":
		return []byte(`{"Attributes":{"ApproximateNumberOfMessages":"0","QueueArn":"arn:aws:sqs:eu-west-1:000000000000:bench"}}`), true
	}
	return nil, false
}

func (s *service) deleteBatch(entries []entry) []byte {
	handles := make([]string, len(entries))
	for i, entry := range entries {
		handles[i] = entry.ReceiptHandle
	}
	s.queue.remove(handles...)
	return successes(entries)
}

func (s *service) sendMessage(message entry) []byte {
	digest := s.queue.send(message.MessageBody, message.MessageAttributes)
	return fmt.Appendf(nil, `{"MessageId":"00000000-0000-0000-0000-000000000000","MD5OfMessageBody":"%s"}`, digest)
}

func successes(entries []entry) []byte {
	reply := []byte(`{"Failed":[],"Successful":[`)
	for i, entry := range entries {
		if i > 0 {
			reply = append(reply, ',')
		}
		reply = fmt.Appendf(reply, `{"Id":"%s"}`, entry.Id)
	}
	return append(reply, `]}`...)
}
