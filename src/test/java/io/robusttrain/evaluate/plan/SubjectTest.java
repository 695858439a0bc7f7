package io.robusttrain.evaluate.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a subject says of its model and its images. */
class SubjectTest {
  @Test
  void aModelNamesTheClassesOfTheDataInTheirOrder() {
    assertThat(Subject.differentClass(List.of("cat", "dog"), List.of("cat", "dog"))).isEmpty();
    assertThat(Subject.differentClass(List.of("cat", "dog"), List.of("cat", "hound")))
        .contains("class 1 is dog, that of the data hound");
  }

  /** Neither a file nor data without names says otherwise; both write numbers for names. */
  @Test
  void whereNamesAreMissingNothingDiffers() {
    assertThat(Subject.differentClass(List.of(), List.of("cat", "dog"))).isEmpty();
    assertThat(Subject.differentClass(List.of("cat", "dog"), List.of("0", "1"))).isEmpty();
    assertThat(Subject.differentClass(List.of("0", "1"), List.of("cat", "dog"))).isEmpty();
  }
}
