import { FileBytes } from '../../node/fileBytes';
import { workerPort } from '../../node/workerPort';
import { LineSearch } from '../logStore/lineSearch';
import type { SearchNews, SearchOrder } from '../logStore/searchNews';

/** A thread that searches pieces of logs. One that is caught in a pattern is ended from outside. */
const port = workerPort<SearchOrder, SearchNews>();
const files = new Map<string, FileBytes>();
let search: LineSearch | undefined;

port.onMessage((order) => {
  if (order.kind === 'query') search = new LineSearch(order.query);
  else void searchPiece(order.path, order.from, order.to);
});

async function searchPiece(path: string, from: number, to: number): Promise<void> {
  const file = files.get(path) ?? new FileBytes(path);
  files.set(path, file);
  const piece = await file.read(from, to);
  const found: number[] = [];
  search?.search(piece, (offset) => found.push(from + offset));
  const hits = Float64Array.from(found);
  port.post({ hits }, [hits.buffer]);
}
