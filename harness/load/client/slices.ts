import type { LoadSlice } from '../../model/load.ts';

const SLICE_MS = 1000;

/** Values that grow outside the garbage collector's young space: at 1,000 a second an ordinary array would be copied over and over. */
class GrowingValues {
  #values = new Float32Array(1024);
  #count = 0;

  push(value: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float32Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
  }

  sorted(): Float32Array {
    return this.#values.slice(0, this.#count).sort();
  }
}

interface OpenSlice {
  requests: number;
  errors: number;
  readonly connectUs: GrowingValues;
  readonly totalUs: GrowingValues;
}

/** What happened in each second of the load phase. A request belongs to the second in which it was due, whenever it ends. */
export class Slices {
  readonly #slices: OpenSlice[] = [];

  addRequest(dueUs: number): void {
    this.#at(dueUs).requests += 1;
  }

  addError(dueUs: number): void {
    this.#at(dueUs).errors += 1;
  }

  addConnect(dueUs: number, connectUs: number): void {
    this.#at(dueUs).connectUs.push(connectUs);
  }

  addTotal(dueUs: number, totalUs: number): void {
    this.#at(dueUs).totalUs.push(totalUs);
  }

  summarize(): LoadSlice[] {
    return this.#slices.map((slice, index) => {
      const connectUs = slice.connectUs.sorted();
      const totalUs = slice.totalUs.sorted();
      return {
        startMs: index * SLICE_MS,
        requests: slice.requests,
        errors: slice.errors,
        connectP50Us: quantileOf(connectUs, 0.5),
        totalP50Us: quantileOf(totalUs, 0.5),
        totalP99Us: quantileOf(totalUs, 0.99),
      };
    });
  }

  #at(dueUs: number): OpenSlice {
    const index = Math.max(0, Math.floor(dueUs / (SLICE_MS * 1000)));
    while (this.#slices.length <= index) {
      this.#slices.push({
        requests: 0,
        errors: 0,
        connectUs: new GrowingValues(),
        totalUs: new GrowingValues(),
      });
    }
    return this.#slices[index] as OpenSlice;
  }
}

/** Nearest-rank quantile of sorted values, as HDR takes it; `null` when there are none. */
function quantileOf(sorted: Float32Array, q: number): number | null {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? null;
}
