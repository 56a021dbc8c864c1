import { mostParts, type MaskView, type Side } from '../../src/protocol/masksPanel';
import { MaskStore } from './maskStore';
import type { StoreAnswer, StoreRequest } from './maskLoader';

/** Parts that are fetched ahead. */
const atATime = 16;

/** Runs in a worker: see maskLoader.ts. One picture at a time, so that what is no longer wanted is never made. */
const store = new MaskStore();
const epochs = new Map<Side, number>();
/** The frame that the page has of each weight. */
const shown = new Map<string, number>();
/** Of the pictures made, those whose degrees are still to be counted. */
const uncounted = new Map<string, MaskView>();
let views: readonly MaskView[] = [];
let magnitudes: Extract<StoreRequest, { type: 'magnitudes' }>[] = [];
let asked = '';
const next = new MessageChannel();
let scheduled = false;

self.onmessage = ({ data }: MessageEvent<StoreRequest>) => {
  switch (data.type) {
    case 'hydrate':
      store.hydrate(data.side, data.weights, data.frames);
      forget(data.side, data.epoch);
      break;
    case 'append':
      store.append(data.side, data.frames);
      break;
    case 'gone':
      store.forget(data.side);
      forget(data.side, data.epoch);
      break;
    case 'parts':
      for (const part of data.parts) store.put(data.side, part);
      ask();
      answer({ type: 'taken', id: data.id });
      break;
    case 'want':
      views = data.views;
      break;
    case 'magnitudes':
      magnitudes = magnitudes.filter(({ side, weight }) => side !== data.side || weight !== data.weight);
      magnitudes.push(data);
      break;
  }
  schedule();
};

next.port1.onmessage = () => {
  scheduled = false;
  ask();
  if (makeMagnitudes() || makePicture() || countDegrees()) schedule();
};

/** Lets requests that have come meanwhile go first. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  next.port2.postMessage(undefined);
}

function forget(side: Side, epoch: number): void {
  epochs.set(side, epoch);
  for (const map of [shown, uncounted])
    for (const key of map.keys()) if (key.startsWith(`${side} `)) map.delete(key);
  magnitudes = magnitudes.filter((each) => each.side !== side);
  asked = '';
}

/** Says what is missing; and once what is wanted most is there, what lies around it. */
function ask(): void {
  const wanted = [...magnitudes, ...views].flatMap((view) => store.missing(view));
  const [first] = views;
  const isThere = first && wanted.length === 0 && shown.get(`${first.side} ${first.weight}`) === first.frame;
  const parts = [...wanted, ...(isThere ? store.ahead(first).slice(0, atATime) : [])].slice(0, mostParts);
  const text = JSON.stringify(parts);
  if (text === asked) return;
  asked = text;
  answer({ type: 'ask', parts });
}

function makePicture(): boolean {
  for (const view of views) {
    const key = `${view.side} ${view.weight}`;
    const picture = shown.get(key) === view.frame ? undefined : store.picture(view);
    if (!picture) continue;
    shown.set(key, view.frame);
    uncounted.set(key, view);
    const { active, changed } = picture;
    answer({ type: 'picture', epoch: epochs.get(view.side) ?? 0, picture }, [active.buffer, changed.buffer]);
    return true;
  }
  return false;
}

function countDegrees(): boolean {
  for (const [key, view] of uncounted) {
    uncounted.delete(key);
    const degrees = store.degrees(view);
    if (!degrees) continue;
    const { fanIn, fanOut } = degrees;
    answer({ type: 'degrees', epoch: epochs.get(view.side) ?? 0, degrees }, [fanIn.buffer, fanOut.buffer]);
    return true;
  }
  return false;
}

function makeMagnitudes(): boolean {
  for (const each of magnitudes) {
    const cells = store.magnitudes(each, each.values);
    if (!cells) continue;
    magnitudes = magnitudes.filter((other) => other !== each);
    const { side, frame, weight } = each;
    answer({ type: 'magnitudes', epoch: epochs.get(side) ?? 0, view: { side, frame, weight }, cells }, [
      cells.buffer,
    ]);
    return true;
  }
  return false;
}

function answer(message: StoreAnswer, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}
