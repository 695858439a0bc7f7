package io.robusttrain.config.read;

import io.robusttrain.config.DataConfig;
import io.robusttrain.config.GuardConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.ChangesNoResult;
import io.robusttrain.config.value.KeyNames;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The keys and groups that {@link ChangesNoResult} marks, with their groups' names. */
final class FreeKeys {
  /** What of the guards guides no attack. */
  private static final List<String> UNGUIDED =
      List.of(
          "guard.max-skipped-steps",
          "guard.max-rollbacks",
          "guard.no-learning",
          "guard.loss-spike");

  private static final String GUIDED_STEPS = "attack.guided.steps";

  private FreeKeys() {}

  /** Those that change no step of this configuration: a run may go on with other values. */
  static Set<String> ofStep(RunConfig config) {
    Set<String> keys = new TreeSet<>(marked(ChangesNoResult.Of.STEP));
    keys.addAll(marked(ChangesNoResult.Of.RUN));
    if (isGuided(config)) {
      // What the probe measures, and when, decides how many steps the attack takes.
      keys.remove("guard");
      keys.addAll(UNGUIDED);
      if (config.guard().probe().action() == GuardConfig.Action.ROLLBACK) {
        keys.remove("checkpoint.every-steps"); // a probe goes before each of these checkpoints
      }
    }
    return keys;
  }

  /** Whether the attack of a stage may be guided, or that of a run without stages. */
  private static boolean isGuided(RunConfig config) {
    return config.attack().guided().steps().isSet()
        || config.stages().orElse(List.of()).stream()
            .anyMatch(stage -> stage.values().containsKey(GUIDED_STEPS));
  }

  /** Those that change no result of a run with this configuration. */
  static Set<String> ofRun(RunConfig config) {
    Set<String> keys = marked(ChangesNoResult.Of.RUN);
    if (config.data().shuffle() == DataConfig.Shuffle.AUTO) {
      keys.remove("data.cache-memory"); // decides the order of the images
    }
    return keys;
  }

  private static Set<String> marked(ChangesNoResult.Of degree) {
    Set<String> keys = new TreeSet<>();
    collect(RunConfig.class, "", degree, keys);
    return keys;
  }

  private static void collect(
      Class<?> group, String prefix, ChangesNoResult.Of degree, Set<String> keys) {
    for (RecordComponent component : group.getRecordComponents()) {
      String key = prefix + KeyNames.of(component);
      ChangesNoResult mark = component.getAnnotation(ChangesNoResult.class);
      if (mark != null && mark.value() == degree) {
        keys.add(key);
      } else if (mark == null && KeyNames.isGroup(component.getType())) {
        collect(component.getType(), key + ".", degree, keys);
      }
    }
  }
}
