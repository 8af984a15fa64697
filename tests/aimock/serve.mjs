// Serves until its standard input ends, which it does when the tests are gone, however they went.
import { LLMock } from "@copilotkit/aimock";

const mock = new LLMock({ host: "127.0.0.1", port: 0, journalMaxEntries: 0 });
console.log(await mock.start());
process.stdin.on("end", () => process.exit(0)).resume();
