// bbc/sqs-consumer at its best: four consumers in one process, whole batches acknowledged.
import { Consumer } from "sqs-consumer";
import { SQSClient } from "@aws-sdk/client-sqs";

const sqs = new SQSClient({});
const consumers = Array.from({ length: 4 }, () =>
  Consumer.create({
    queueUrl: process.env.SHOAL_QUEUE_URL,
    sqs,
    batchSize: 10,
    waitTimeSeconds: 20,
    visibilityTimeout: 90,
    heartbeatInterval: 45,
    handleMessageBatch: async (messages) => messages,
  }),
);
for (const consumer of consumers) {
  consumer.on("error", (error) => console.error(error.message));
  consumer.start();
}
process.on("SIGTERM", () => process.exit(0));
