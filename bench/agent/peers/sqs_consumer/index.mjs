// bbc/sqs-consumer at its best: so many consumers in one process, whole batches acknowledged
// by one request. Started as `node index.mjs 4`.
import { appendFileSync } from "node:fs";
import { SQSClient } from "@aws-sdk/client-sqs";
import { Consumer } from "sqs-consumer";

const sqs = new SQSClient({});
const proof = process.env.BENCH_PROOF; // a byte for each handled message
const consumers = Array.from({ length: Number(process.argv[2]) }, () =>
  Consumer.create({
    queueUrl: process.env.SHOAL_QUEUE_URL,
    sqs,
    batchSize: 10,
    waitTimeSeconds: 20,
    visibilityTimeout: 90,
    heartbeatInterval: 45,
    handleMessageBatch: async (messages) => {
      if (proof) appendFileSync(proof, ".".repeat(messages.length));
      return messages; // what is returned is deleted, in one DeleteMessageBatch
    },
  }),
);
for (const consumer of consumers) {
  consumer.on("error", (error) => console.error(error.message));
  consumer.start();
}
process.on("SIGTERM", () => process.exit(0));
