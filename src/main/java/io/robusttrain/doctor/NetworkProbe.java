package io.robusttrain.doctor;

import io.robusttrain.bigdl.BlockProbe;
import io.robusttrain.doctor.check.Place;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;

/** Lets every executor fetch bytes from its neighbour, all at the same time, as training does. */
public final class NetworkProbe {
  private static final int SMALL = 1024;
  private static final int REPEATS = 3;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final EveryExecutor executors;
  private final int bytes;
  private final String run = UUID.randomUUID().toString();

  /**
   * What an executor measured.
   *
   * @param bytesPerSecond the best of some fetches
   * @param latencySeconds of the fastest small one
   * @param problem empty, or why nothing arrived
   */
  public record Rate(double bytesPerSecond, double latencySeconds, String problem)
      implements Serializable {}

  /**
   * @param bytes that an executor fetches
   */
  NetworkProbe(EveryExecutor executors, int bytes) {
    this.executors = executors;
    this.bytes = bytes;
  }

  /** What each executor measured; nothing with fewer than two. */
  Map<Place, Rate> measure(List<Place> places) throws ExecutionException, InterruptedException {
    if (places.size() < 2) {
      return Map.of();
    }
    HashMap<String, String> neighbours = new HashMap<>();
    for (int i = 0; i < places.size(); i++) {
      neighbours.put(places.get(i).id(), places.get((i + 1) % places.size()).id());
    }
    String name = run;
    int size = bytes;
    try {
      executors.call(
          place -> {
            BlockProbe.put(block(name, place.id(), SMALL), new byte[SMALL]);
            BlockProbe.put(block(name, place.id(), size), new byte[size]);
            return true;
          },
          LIMIT);
      Map<Place, Rate> rates =
          new HashMap<>(
              executors.call(place -> fetch(name, neighbours.get(place.id()), size), LIMIT));
      // One that came after the others has nothing to fetch.
      rates.keySet().removeIf(place -> !neighbours.containsKey(place.id()));
      return rates;
    } finally {
      for (Place place : new ArrayList<>(places)) {
        BlockProbe.remove(block(name, place.id(), SMALL));
        BlockProbe.remove(block(name, place.id(), size));
      }
    }
  }

  private static Rate fetch(String run, String neighbour, int size) {
    if (neighbour == null) {
      return new Rate(0, 0, "it came after the others");
    }
    try {
      double small = seconds(block(run, neighbour, SMALL));
      double large = seconds(block(run, neighbour, size));
      return new Rate(size / large, small, "");
    } catch (RuntimeException failed) {
      return new Rate(0, 0, "from executor " + neighbour + ": " + failed.getMessage());
    }
  }

  /** The fastest: the first ones open connections. */
  private static double seconds(String block) {
    double fastest = Double.MAX_VALUE;
    for (int i = 0; i < REPEATS; i++) {
      long start = System.nanoTime();
      BlockProbe.fetch(block);
      fastest = Math.min(fastest, (System.nanoTime() - start) / 1e9);
    }
    return fastest;
  }

  private static String block(String run, String executor, int size) {
    return "doctor-" + run + "-" + executor + "-" + size;
  }
}
