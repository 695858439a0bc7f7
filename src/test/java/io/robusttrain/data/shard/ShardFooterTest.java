package io.robusttrain.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.DataException;
import io.robusttrain.data.ParquetFixture;
import io.robusttrain.data.ParquetFixture.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Footers are read by many threads at once, and what comes out is as if by one. */
class ShardFooterTest {
  private static final int PLANNED = 16;

  @TempDir Path dir;

  @Test
  void asManyFootersAreReadAtOnceAsArePlanned() {
    int shards = 3 * PLANNED;
    write(shards);
    Crowd crowd = new Crowd();
    SlowFileSystem.answer = crowd;
    ImageSet set = ImageSet.open(slow(), dir.toString(), "train");
    assertThat(crowd.most).hasValue(PLANNED);
    assertThat(set.sampleCount()).isEqualTo(IntStream.rangeClosed(1, shards).sum());
  }

  @Test
  void theOrderIsThatOfTheShardsThoughTheLastAnswersFirst() {
    write(PLANNED);
    SlowFileSystem.answer = new Backwards();
    ImageSet set = ImageSet.open(slow(), dir.toString(), "train");
    ImageSet plain = ImageSet.open(new Configuration(false), dir.toString(), "train");
    assertThat(set.blocks()).isEqualTo(plain.blocks());
    assertThat(set.blocks())
        .extracting(Block::rows)
        .containsExactlyElementsOf(IntStream.rangeClosed(1, PLANNED).boxed().toList());
  }

  @Test
  void ofTwoDamagedShardsTheFirstIsNamedThoughTheOtherAnswersFirst() throws IOException {
    write(PLANNED);
    cut(9);
    cut(3);
    SlowFileSystem.answer = new Backwards();
    assertThatThrownBy(() -> ImageSet.open(slow(), dir.toString(), "train"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("train-00003-of-00016.parquet cannot be read as Parquet");
  }

  /** Shard i has i + 1 samples. */
  private void write(int shards) {
    for (int i = 0; i < shards; i++) {
      ParquetFixture.plain(1000).write(shard(i, shards), rows(i + 1));
    }
  }

  private static List<Row> rows(int count) {
    return IntStream.range(0, count).mapToObj(i -> Row.of(new byte[] {1}, 0)).toList();
  }

  private Path shard(int index, int of) {
    return dir.resolve("train-%05d-of-%05d.parquet".formatted(index, of));
  }

  private void cut(int index) throws IOException {
    Path file = shard(index, PLANNED);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 8));
  }

  private static Configuration slow() {
    Configuration conf = new Configuration(false);
    conf.setClass("fs.file.impl", SlowFileSystem.class, RawLocalFileSystem.class);
    conf.set("fs.file.impl.disable.cache", "true");
    return conf;
  }

  /** When a store answers. */
  private interface Answer {
    void await(int shard) throws InterruptedException, BrokenBarrierException, TimeoutException;
  }

  /** Answers when as many wait as are planned, and counts those that wait. */
  private static final class Crowd implements Answer {
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final CyclicBarrier barrier =
        new CyclicBarrier(PLANNED, () -> most.accumulateAndGet(waiting.getAndSet(0), Math::max));

    @Override
    public void await(int shard)
        throws InterruptedException, BrokenBarrierException, TimeoutException {
      waiting.incrementAndGet();
      barrier.await(10, TimeUnit.SECONDS);
    }
  }

  /** Answers for a shard when it has answered for the next one. */
  private static final class Backwards implements Answer {
    private final List<CountDownLatch> answered =
        IntStream.range(0, PLANNED).mapToObj(i -> new CountDownLatch(1)).toList();

    @Override
    public void await(int shard) throws InterruptedException, TimeoutException {
      if (shard + 1 < PLANNED && !answered.get(shard + 1).await(10, TimeUnit.SECONDS)) {
        throw new TimeoutException("shard " + (shard + 1) + " was not asked for");
      }
      answered.get(shard).countDown();
    }
  }

  /** The local disk, whose answer to an open is late. */
  public static final class SlowFileSystem extends RawLocalFileSystem {
    private static volatile Answer answer;

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path path, int bufferSize)
        throws IOException {
      try {
        answer.await(Integer.parseInt(path.getName().substring(6, 11)));
      } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
        throw new IOException("too few footers are read at once: " + e, e);
      }
      return super.open(path, bufferSize);
    }
  }
}
