package io.robusttrain.config.value;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.robusttrain.config.RecordMappingTest;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** reference.conf holds every key, each with a comment, and nothing else. */
class ReferenceTest {
  private final Config reference = ConfigLoader.reference();

  @Test
  void holdsExactlyTheKeysThatAreRead() {
    Reading reading = new Reading(reference.root(), reference.root());
    RunConfig.from(Section.root(reading)); // fails on a key that it lacks
    reading.reportUnknown();
    assertThat(reading.problems()).isEmpty();
  }

  @Test
  void explainsEveryKey() {
    keys(reference)
        .forEach((key, value) -> assertThat(value.origin().comments()).as(key).isNotEmpty());
    assertThat(ConfigLoader.referenceText())
        .contains("attack {", "# Radius, pixels being in [0,1]");
  }

  @Test
  void theMappingTestSetsEveryKeyToAnotherValue() {
    Config every = ConfigFactory.parseFile(RecordMappingTest.EVERY_KEY.toFile());
    Set<String> sameAsDefault = new TreeSet<>();
    keys(reference)
        .forEach(
            (key, value) -> {
              assertThat(every.hasPath(key)).as(key).isTrue();
              if (every.getValue(key).unwrapped().equals(value.unwrapped())) {
                sameAsDefault.add(key);
              }
            });
    // These have no alternative, or none that goes with the other values.
    assertThat(sameAsDefault)
        .containsExactly(
            "attack.guided.steps",
            "attack.target",
            "mixup.mode",
            "objective.lambda",
            "objective.noise",
            "objective.noise-step",
            "objective.replays");
  }

  private static Map<String, ConfigValue> keys(Config config) {
    Map<String, ConfigValue> keys = new TreeMap<>();
    collect(config.root(), "", keys);
    return keys;
  }

  private static void collect(ConfigObject object, String prefix, Map<String, ConfigValue> keys) {
    object.forEach(
        (name, value) -> {
          if (value instanceof ConfigObject inner) {
            collect(inner, prefix + name + ".", keys);
          } else {
            keys.put(prefix + name, value);
          }
        });
  }
}
