package io.robusttrain.app.prep;

import io.robusttrain.data.prep.Preparation;
import io.robusttrain.data.prep.source.CifarImporter;
import io.robusttrain.data.prep.source.FolderImporter;
import io.robusttrain.data.prep.source.SyntheticImages;
import io.robusttrain.data.prep.source.SyntheticImporter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Where the images of a new data set come from. */
@FunctionalInterface
public interface PrepSource {
  /**
   * Who lists them, for one use.
   *
   * @param hadoop names the file systems
   */
  Preparation.Importer on(Configuration hadoop);

  /**
   * A folder or an archive of {@code <split>/<class>/<file>}.
   *
   * @param splits folders by the names that their splits shall have, where these are others
   */
  static PrepSource folder(String input, Map<String, String> splits) {
    Map<String, String> byFolder = new LinkedHashMap<>();
    splits.forEach((name, folder) -> byFolder.put(folder, name));
    return hadoop -> {
      FolderImporter importer = new FolderImporter(hadoop, byFolder);
      return spill -> importer.list(new Path(input), spill);
    };
  }

  /** The official binary version of CIFAR, a folder or an archive. */
  static PrepSource cifar(String input, CifarImporter.Dataset dataset) {
    return hadoop -> {
      CifarImporter importer = new CifarImporter(hadoop, dataset);
      return spill -> importer.list(new Path(input), spill);
    };
  }

  /**
   * Drawn images.
   *
   * @throws IllegalArgumentException when a split has fewer images than there are classes
   */
  static PrepSource drawn(SyntheticImages images, int train, int validation) {
    Map<String, Integer> splits = new LinkedHashMap<>();
    splits.put("train", train);
    splits.put("validation", validation);
    SyntheticImporter importer = new SyntheticImporter(images, splits);
    return hadoop -> spill -> importer.list();
  }
}
